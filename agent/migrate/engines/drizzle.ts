// Runs drizzle's migrations: the SQL files of drizzle-kit and their journal, recorded in
// `drizzle.__drizzle_migrations`. drizzle's own migrator applies all pending migrations in one transaction, and skips
// one that was merged late. remsh runs each by itself.
import type { Client } from "pg";
import { checksumOf } from "./checksum-of.ts";
import type { Engine } from "../plan/engine.ts";
import { drizzleElsewhere } from "./drizzle-elsewhere.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { checkDrizzleOptions, folderIn, requireDialect, type DrizzleOptions } from "./drizzle-options.ts";
import { ensureSchema } from "../database/ensure-schema.ts";
import { tableExists, tableName } from "../sql/table-place.ts";
import { readSqlFile } from "../sql/read-sql-file.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { cutStatements, fileOf, matchJournal, readJournal, type JournalRow } from "./drizzle-journal.ts";

export type { DrizzleOptions } from "./drizzle-options.ts";

/**
 * Migrations by drizzle, with the table and the files of drizzle's migrator.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function drizzle(options: DrizzleOptions = {}): Engine {
  checkDrizzleOptions(options);
  const own = options.migrations ?? {};
  const table = (schema: string | undefined) => ({
    schema: options.migrationsSchema ?? own.schema ?? schema ?? "drizzle",
    name: options.migrationsTable ?? own.table ?? "__drizzle_migrations",
  });
  const folderOf = (): string => folderIn(options);
  return {
    name: "drizzle",
    upOnly: "drizzle keeps no down migrations; undo the change by a new migration",
    table,
    elsewhere: { MySQL: drizzleElsewhere(options, "MySQL"), SQLite: drizzleElsewhere(options, "SQLite") },
    async read(client, schema) {
      requireDialect(options, "PostgreSQL");
      const recorded = table(schema);
      return matchJournal(folderOf(), await readRows(client, recorded), tableName(recorded));
    },
    async check({ path: file = "" }) {
      await readSqlFile(file);
    },
    async statements({ path: file = "" }) {
      return cutStatements(await readSqlFile(file)).map((statement) => statement.trim());
    },
    async apply(migration, _direction, session) {
      const folder = folderOf();
      const entry = (await readJournal(folder)).find(({ tag }) => tag === migration.name);
      if (!entry) throw new TaskFailure(`Cannot apply "${migration.name}": it has left the journal`);
      const text = await readSqlFile(fileOf(folder, entry));
      const [{ drizzle: connect }, { sql }] = await loadPeer("drizzle-orm", () =>
        Promise.all([importPeer("drizzle-orm/node-postgres"), importPeer("drizzle-orm")]),
      );
      const client = await session.connect();
      const recorded = table(session.schema);
      await makeTable(client, recorded);
      const db = connect(client);
      const { schema, name } = recorded;
      const run = async (on: Pick<typeof db, "execute">): Promise<void> => {
        for (const statement of cutStatements(text)) await on.execute(sql.raw(statement));
        await session.restore(client);
        await on.execute(
          sql`INSERT INTO ${sql.identifier(schema)}.${sql.identifier(name)} ("hash", "created_at") VALUES (${checksumOf(text)}, ${entry.when})`,
        );
      };
      await (options.transaction?.(migration.name) === false ? run(db) : db.transaction(run));
    },
  };
}

interface DrizzleTable {
  readonly schema: string;
  readonly name: string;
}

/** Makes drizzle's schema and table, as drizzle does. */
async function makeTable(client: Client, table: DrizzleTable): Promise<void> {
  if (await tableExists(client, table)) return;
  await ensureSchema(client, table.schema);
  await client.query(`CREATE TABLE ${tableName(table)} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`);
}

async function readRows(client: Client, table: DrizzleTable): Promise<JournalRow[]> {
  if (!(await tableExists(client, table))) return [];
  const { rows } = await client.query<JournalRow>(
    `SELECT created_at::text AS "when", hash FROM ${tableName(table)} ORDER BY id`,
  );
  return rows;
}
