// SQLite, as one kind of database.
import path from "node:path";
import { TaskFailure } from "../../tasks/task.ts";
import type { AnyDatabase } from "../database/any-database.ts";
import { badAddress } from "../database/bad-address.ts";
import { readSqlite, type SqliteConnection } from "./sqlite-connection.ts";
import { takeSqliteLock } from "./sqlite-lock.ts";
import { SqliteSession } from "./sqlite-session.ts";

/**
 * `sqlite:`, `sqlite://` or `file:` with a path; a relative one starts at the folder.
 *
 * @throws TaskFailure (exit 78) when the address names no file.
 */
export function sqlite(address: string, resolve: (relative: string) => string): AnyDatabase<SqliteConnection> {
  const file = resolve(fileIn(address));
  const label = path.relative(process.cwd(), file).startsWith("..") ? file : path.relative(process.cwd(), file);
  return {
    kind: "SQLite",
    label,
    schemaParameter: undefined,
    async use(work) {
      const connection = await readSqlite(file);
      try {
        return await work(connection);
      } finally {
        connection.driver.close();
      }
    },
    lost: (error) => error, // there is no connection to lose
    takeLock: (request) => takeSqliteLock(file, request),
    openSession: (request) => new SqliteSession(file, request),
    commandSessions: () => ({ env: {}, end: () => Promise.resolve(false) }),
    under: (_client, _where, work) => work(), // no setting decides which table is read
    hasSchema: (_client, schema) => Promise.reject(noSchemas(schema)),
    invalidIndexes: () => Promise.resolve([]), // an index is built whole, or not at all
  };
}

function fileIn(address: string): string {
  const [file = ""] = address
    .trim()
    .replace(/^[\w-]+:(?:\/\/)?/, "")
    .split("?", 1);
  if (file === "" || file.includes(":memory:"))
    throw badAddress("it names no file (sqlite:./shop.db); in memory each connection has a database of its own");
  return decoded(file);
}

function decoded(file: string): string {
  try {
    return decodeURIComponent(file);
  } catch {
    throw badAddress('a "%" in the name of the file must be written as %25');
  }
}

function noSchemas(schema: string): TaskFailure {
  return new TaskFailure(`Cannot use the schema "${schema}": SQLite has no schemas (another one is another file)`, {
    exitCode: 65,
    code: "UNKNOWN_SCHEMA",
  });
}
