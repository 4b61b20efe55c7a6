// drizzle: SQL files that drizzle-kit generates, and their journal; recorded in `drizzle.__drizzle_migrations`. Its own migrator
// takes all pending ones in one transaction and passes over one that was merged late; here each is run by itself.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import type { Engine, History } from "../engine.ts";
import { messageOf } from "../message-of.ts";
import { loadPeer } from "../peer.ts";
import { readRecorded, type RecordTable } from "../recorded.ts";
import { TaskFailure } from "../../task.ts";

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

/** One entry of the journal; `when` is what the table records. */
interface JournalEntry {
  readonly tag: string;
  readonly when: number;
}

/** Migrations by drizzle, with the table and the files of its own migrator. */
export function drizzle(options: DrizzleOptions = {}): Engine {
  const folder = options.migrationsFolder ?? "./drizzle";
  const table = (schema: string | undefined): RecordTable & { schema: string } => ({
    schema: options.migrationsSchema ?? schema ?? "drizzle",
    name: options.migrationsTable ?? "__drizzle_migrations",
    column: "created_at",
    orderBy: ["id"],
  });
  return {
    name: "drizzle",
    upOnly: "drizzle keeps no down migrations; undo the change by a new migration",
    table,
    read: async (client, schema) => readHistory({ client, folder, table: table(schema) }),
    async apply(migration, _direction, session) {
      const [{ drizzle: connect }, { sql }, { readMigrationFiles }] = await loadPeer("drizzle-orm", () =>
        Promise.all([import("drizzle-orm/node-postgres"), import("drizzle-orm"), import("drizzle-orm/migrator")]),
      );
      const when = (await readJournal(folder)).find(({ tag }) => tag === migration.name)?.when;
      const file = readMigrationFiles({ migrationsFolder: folder }).find(({ folderMillis }) => folderMillis === when);
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

async function readHistory({
  client,
  folder,
  table,
}: {
  client: Client;
  folder: string;
  table: RecordTable;
}): Promise<History> {
  const entries = await readJournal(folder);
  const applied = await readRecorded(client, table);
  return {
    files: entries.map(({ tag }) => ({ name: tag, path: path.resolve(folder, `${tag}.sql`) })),
    applied: applied.map(
      (when) => entries.find((entry) => String(entry.when) === when)?.tag ?? `(journal entry ${when})`,
    ),
  };
}

async function readJournal(folder: string): Promise<JournalEntry[]> {
  const file = path.resolve(folder, "meta", "_journal.json");
  try {
    const journal = JSON.parse(await readFile(file, "utf8")) as { entries: JournalEntry[] }; // drizzle-kit's own file
    return journal.entries;
  } catch (cause) {
    throw new TaskFailure(`Cannot read drizzle's journal "${file}": ${messageOf(cause)}`, {
      exitCode: 78,
      cause,
    });
  }
}
