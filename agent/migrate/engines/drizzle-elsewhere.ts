// Runs drizzle's migrations in MySQL and SQLite.
import { inSqlTransaction, quoted, type SqlConnection, type SqlSession } from "../database/sql-connection.ts";
import type { Engine } from "../plan/engine.ts";
import { readSqlFile } from "../sql/read-sql-file.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { checksumOf } from "./checksum-of.ts";
import { cutStatements, fileOf, matchJournal, readJournal, type JournalRow } from "./drizzle-journal.ts";
import { folderIn, requireDialect, type DrizzleOptions } from "./drizzle-options.ts";

/** drizzle's engine for the other databases; its options were checked. */
export function drizzleElsewhere(
  options: DrizzleOptions,
  kind: SqlConnection["kind"],
): Engine<SqlConnection, SqlSession> {
  const name = options.migrationsTable ?? options.migrations?.table ?? "__drizzle_migrations";
  return {
    name: "drizzle",
    upOnly: "drizzle keeps no down migrations; undo the change by a new migration",
    table: () => ({ schema: undefined, name }),
    async read(connection) {
      requireDialect(options, kind);
      return matchJournal(folderIn(options), await readRows(connection, name), name);
    },
    async check({ path: file = "" }) {
      await readSqlFile(file);
    },
    async statements({ path: file = "" }) {
      return cutStatements(await readSqlFile(file)).map((statement) => statement.trim());
    },
    async apply(migration, _direction, session) {
      const folder = folderIn(options);
      const entry = (await readJournal(folder)).find(({ tag }) => tag === migration.name);
      if (!entry) throw new TaskFailure(`Cannot apply "${migration.name}": it has left the journal`);
      const text = await readSqlFile(fileOf(folder, entry));
      const connection = await session.connect();
      await connection.query(CREATE[kind](quoted(name)));
      const run = async (): Promise<void> => {
        for (const statement of cutStatements(text)) await connection.query(statement);
        await session.restore(connection);
        await connection.query(`INSERT INTO ${quoted(name)} (hash, created_at) VALUES (?, ?)`, [
          checksumOf(text),
          entry.when,
        ]);
      };
      await (options.transaction?.(migration.name) === false ? run() : inSqlTransaction(connection, run));
    },
  };
}

/** As drizzle makes its table. In SQLite its `id` is never set. */
const CREATE = {
  MySQL: (name: string) =>
    `CREATE TABLE IF NOT EXISTS ${name} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  SQLite: (name: string) =>
    `CREATE TABLE IF NOT EXISTS ${name} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
};

async function readRows(connection: SqlConnection, name: string): Promise<JournalRow[]> {
  if (!(await connection.hasTable(name))) return [];
  const order = connection.kind === "SQLite" ? "rowid" : "id";
  const rows = await connection.query<{ at: unknown; hash: string }>(
    `SELECT created_at AS at, hash FROM ${quoted(name)} ORDER BY ${order}`,
  );
  return rows.map(({ at, hash }) => ({ when: String(at), hash }));
}
