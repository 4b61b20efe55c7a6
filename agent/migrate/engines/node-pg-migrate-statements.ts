// Finds the statements that a migration would send, with node-pg-migrate's own `Migration` in a dry run. The dry run of
// its runner is not used, because it creates the table of applied migrations.
import path from "node:path";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { readSqlFile } from "../sql/read-sql-file.ts";

/** node-pg-migrate's options, and where it records applied migrations. */
export interface Recording {
  readonly table: string;
  readonly schema: string | undefined;
  readonly decamelize: boolean;
  readonly sqlPairs: boolean;
}

/** The statements, including the one that records the migration. Every query of the migration returns no rows. */
export async function nodePgMigrateStatements(
  { path: file = "" }: MigrationFile,
  direction: Direction,
  { table, schema = "public", decamelize, sqlPairs }: Recording,
): Promise<string[]> {
  const { Migration, jiti } = await loadPeer("node-pg-migrate", () => importPeer("node-pg-migrate"));
  const isSql = path.extname(file) === ".sql";
  const actions = isSql ? await sqlActions(file, sqlPairs) : await jiti.import<object>(file);
  const statements: string[] = [];
  const nothing = { query: () => Promise.resolve({ rows: [], rowCount: 0 }), select: () => Promise.resolve([]) };
  const logger = { info() {}, warn() {}, error() {}, debug: (text: string) => void statements.push(text.trim()) };
  const options = {
    migrationsTable: table,
    migrationsSchema: schema,
    decamelize,
    dryRun: true,
    singleTransaction: true,
  };
  // Its constructor's types are those of a whole run.
  const migration = new Migration(nothing as never, file, actions, options as never, {}, logger);
  await migration.apply(direction);
  return statements;
}

interface Builder {
  sql(text: string): void;
}

/** As its own loaders read a file, or a pair of files. */
async function sqlActions(file: string, sqlPairs: boolean): Promise<object> {
  const text = await readSqlFile(file);
  if (sqlPairs && file.endsWith(".up.sql")) {
    const down = await readSqlFile(file.replace(/\.up\.sql$/, ".down.sql")).catch(() => undefined);
    return { up: sends(text), down: down === undefined ? undefined : sends(down) };
  }
  const up = text.search(/^\s*--[\s-]*up\s+migration/im);
  const down = text.search(/^\s*--[\s-]*down\s+migration/im);
  const upText = up < 0 ? text : text.slice(up, down < up ? undefined : down);
  const downText = down < 0 ? undefined : text.slice(down, up < down ? undefined : up);
  return { up: sends(upText), down: downText === undefined ? false : sends(downText) };
}

function sends(text: string): (builder: Builder) => void {
  return (builder) => builder.sql(text);
}
