// MySQL and MariaDB, as one kind of database.
import { TaskFailure } from "../../tasks/task.ts";
import type { AnyDatabase } from "../database/any-database.ts";
import { MysqlServer, type MysqlConnection } from "./mysql-connection.ts";
import type { MysqlLock } from "./mysql-lock.ts";
import { MysqlSession } from "./mysql-session.ts";
import { takeMysqlLock } from "./take-mysql-lock.ts";

/** @throws TaskFailure (exit 78) when the address cannot be used. */
export function mysql(address: string): AnyDatabase<MysqlConnection> {
  const server = new MysqlServer(address);
  return {
    kind: "MySQL",
    label: server.address.label,
    schemaParameter: undefined,
    use: (work) => server.use(work),
    lost: (error) => server.lost(error),
    takeLock: (request) => takeMysqlLock(server, request),
    commandSessions: () => ({ env: {}, end: () => Promise.resolve(false) }),
    // The lock is one of the same database.
    openSession: (request) => new MysqlSession(server, request, request.lock as MysqlLock | undefined),
    under: (_client, _where, work) => work(), // no setting decides which table is read
    hasSchema: (_client, schema) => Promise.reject(noSchemas(schema)),
    invalidIndexes: () => Promise.resolve([]), // an index is built whole, or not at all
  };
}

function noSchemas(schema: string): TaskFailure {
  return new TaskFailure(
    `Cannot use the schema "${schema}": in MySQL a schema is a database of its own (name it in the address)`,
    { exitCode: 65, code: "UNKNOWN_SCHEMA" },
  );
}
