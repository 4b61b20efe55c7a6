// drizzle: SQL files that drizzle-kit generates, and their journal; recorded in `drizzle.__drizzle_migrations`. Its own migrator
// takes all pending ones in one transaction and passes over one that was merged late; here each is run by itself.
import type { Client } from "pg";
import type { Engine } from "../engine.ts";
import { loadPeer } from "../peer.ts";
import { tableExists, tableName } from "../recorded.ts";
import { TaskFailure } from "../../task.ts";
import { matchJournal, readJournal, type JournalRow } from "./drizzle-journal.ts";

/** The same as in drizzle's `migrate()`. */
export interface DrizzleOptions {
  /** Default `"./drizzle"`. */
  migrationsFolder?: string;
  /** Default `"__drizzle_migrations"`. */
  migrationsTable?: string;
  /** Default: the schema that is migrated where one is chosen, else `"drizzle"`. */
  migrationsSchema?: string;
  /** False for a migration that cannot run in a transaction, such as one with CREATE INDEX CONCURRENTLY. Default: always true. */
  transaction?: (name: string) => boolean;
}

/** Migrations by drizzle, with the table and the files of its own migrator. */
export function drizzle(options: DrizzleOptions = {}): Engine {
  const folder = options.migrationsFolder ?? "./drizzle";
  const table = (schema: string | undefined) => ({
    schema: options.migrationsSchema ?? schema ?? "drizzle",
    name: options.migrationsTable ?? "__drizzle_migrations",
  });
  return {
    name: "drizzle",
    upOnly: "drizzle keeps no down migrations; undo the change by a new migration",
    table,
    async read(client, schema) {
      const recorded = table(schema);
      return matchJournal(folder, await readRows(client, recorded), tableName(recorded));
    },
    async apply(migration, _direction, session) {
      const [{ drizzle: connect }, { sql }, { readMigrationFiles }] = await loadPeer("drizzle-orm", () =>
        Promise.all([import("drizzle-orm/node-postgres"), import("drizzle-orm"), import("drizzle-orm/migrator")]),
      );
      const index = (await readJournal(folder)).findIndex(({ tag }) => tag === migration.name);
      const file = readMigrationFiles({ migrationsFolder: folder })[index]; // in the journal's order
      if (!file) throw new TaskFailure(`Cannot apply "${migration.name}": it has left the journal`);
      const { schema, name } = table(session.schema);
      const [schemaName, recorded] = [sql.identifier(schema), sql`${sql.identifier(schema)}.${sql.identifier(name)}`];
      const db = connect(await session.connect());
      await db.execute(sql`CREATE SCHEMA IF NOT EXISTS ${schemaName}`);
      await db.execute(
        sql`CREATE TABLE IF NOT EXISTS ${recorded} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
      );
      const run = async (on: Pick<typeof db, "execute">): Promise<void> => {
        for (const statement of file.sql) await on.execute(sql.raw(statement));
        await on.execute(
          sql`INSERT INTO ${recorded} ("hash", "created_at") VALUES (${file.hash}, ${file.folderMillis})`,
        );
      };
      await (options.transaction?.(migration.name) === false ? run(db) : db.transaction(run));
    },
  };
}

async function readRows(client: Client, table: { schema: string; name: string }): Promise<JournalRow[]> {
  if (!(await tableExists(client, table))) return [];
  const { rows } = await client.query<JournalRow>(
    `SELECT created_at::text AS "when", hash FROM ${tableName(table)} ORDER BY id`,
  );
  return rows;
}
