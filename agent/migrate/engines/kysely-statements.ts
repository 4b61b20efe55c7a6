// The statements of one of kysely's migrations, without a database.
import type { DatabaseKind } from "../database/any-database.ts";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { loadMigration } from "./kysely-files.ts";
import type { KyselyOptions } from "./kysely-options.ts";
import { kyselyWithoutConnection } from "./refuse-renaming-plugins.ts";

/** Runs the migration on a Kysely that answers every query with nothing. @throws what the migration throws. */
export async function kyselyStatements(
  migration: MigrationFile,
  { direction, options, kind }: { direction: Direction; options: KyselyOptions; kind?: DatabaseKind },
): Promise<string[]> {
  const statements: string[] = [];
  const log = ({ query }: { query: { sql: string } }): void => void statements.push(query.sql);
  const db = await kyselyWithoutConnection({ ...options, log }, kind);
  await (await loadMigration(migration, options))[direction]?.(db);
  return statements;
}
