// Runs node-pg-migrate's migrations: SQL, JavaScript and TypeScript files, recorded in `pgmigrations`. node-pg-migrate
// has its own TypeScript loader.
import { existsSync } from "node:fs";
import path from "node:path";
import type { Engine, History, MigrationFile } from "../plan/engine.ts";
import { resolveInApp } from "./resolve-in-app.ts";
import { listFolder } from "./list-folder.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { exportsOf, noDown } from "../plan/no-down.ts";
import { findStatements } from "../sql/find-statements.ts";
import type { Session } from "../database/session.ts";
import { readSqlFile, requireSqlFile } from "../sql/read-sql-file.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import { nodePgMigrateStatements } from "./node-pg-migrate-statements.ts";
import { passedOn, readOptions, type NodePgMigrateOptions, type OwnOptions } from "./node-pg-migrate-options.ts";

export type { NodePgMigrateOptions } from "./node-pg-migrate-options.ts";

/** The lock that its command line takes, whatever the table. */
const LOCK = 7241865325823964n;

/** The files that its loaders read. node-pg-migrate treats any other file as JavaScript, and fails. */
const LOADED = /\.(?:sql|[cm]?[jt]s)$/i;

const DECLARATIONS = /\.d\.[cm]?ts$/i;

/**
 * node-pg-migrate's own loaders, by their names. node-pg-migrate uses the first that fits an extension, and "default"
 * for all others.
 */
const PAIRS = [{ extensions: [".sql"], loader: "sql" as const }];

/**
 * Migrations by node-pg-migrate, with the table and the files of node-pg-migrate's command line.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function nodePgMigrate(given: NodePgMigrateOptions = {}): Engine {
  const options = readOptions(given);
  const folder = (): string => resolveInApp(options.directory ?? "migrations");
  const [ownSchema = "public"] = [options.schema].flat();
  const table = (schema: string | undefined): RecordTable => ({
    schema: options.migrationsSchema ?? schema ?? ownSchema,
    name: options.migrationsTable ?? "pgmigrations",
    column: "name",
    orderBy: ["run_on", "id"],
  });
  return {
    name: "node-pg-migrate",
    table,
    ...(options.checkOrder && { ordered: true }),
    ...(options.createSchema && { makesSchema: true }),
    ...(!options.noLock && { advisoryLock: BigInt(options.lockValue ?? LOCK) }),
    async read(client, schema): Promise<History> {
      return { files: await listFiles(folder(), options), applied: await readRecorded(client, table(schema)) };
    },
    async check({ name, path: file = "" }, direction) {
      if (!LOADED.test(file) || DECLARATIONS.test(file)) throw noMigration(file);
      if (direction === "down") await requireDown(name, file, options);
      else if (file.endsWith(".sql")) await requireSqlFile(file);
    },
    statements: (migration, direction) =>
      nodePgMigrateStatements(migration, direction, {
        table: table(undefined).name,
        schema: table(undefined).schema,
        decamelize: options.decamelize === true,
        sqlPairs: options.sqlPairs === true,
      }),
    async apply(migration, direction, session) {
      if (migration.recordedAs !== undefined) throw recordedOtherwise(migration);
      const { runner } = await loadPeer("node-pg-migrate", () => importPeer("node-pg-migrate"));
      const schema = session.schema ?? options.schema;
      await runner({
        ...(options.sqlPairs && { migrationLoaderStrategies: PAIRS }),
        ...passedOn(options),
        dir: folder(),
        ...(options.ignorePattern !== undefined && { ignorePattern: options.ignorePattern }),
        migrationsTable: table(session.schema).name,
        ...(options.migrationsSchema !== undefined && { migrationsSchema: options.migrationsSchema }),
        ...(schema !== undefined && { schema: typeof schema === "string" ? schema : [...schema] }),
        dbClient: await session.connect(),
        direction,
        file: migration.name,
        count: 1,
        checkOrder: false, // the plan has decided and reported
        singleTransaction: true, // else a failure would leave its transaction open
        noLock: true, // it is held for all of the run
        verbose: options.verbose === true,
        logger: loggerOf(session),
      });
    },
  };
}

function noMigration(file: string): TaskFailure {
  return new TaskFailure(
    `Cannot apply "${path.relative("", file)}": it is no migration, but node-pg-migrate takes every file in the folder for one (move it, or leave it out with "ignorePattern")`,
    { exitCode: 78, code: "NO_MIGRATION" },
  );
}

/** node-pg-migrate records names without an extension, and finds a migration by its file's name only. */
function recordedOtherwise({ name, recordedAs }: MigrationFile): TaskFailure {
  return new TaskFailure(
    `Cannot roll back "${name}": it is recorded as "${recordedAs}"; rename its record to "${name}"`,
    {
      code: "RECORDED_OTHERWISE",
    },
  );
}

async function requireDown(
  name: string,
  file: string,
  { sqlPairs, migrationLoaderStrategies }: OwnOptions,
): Promise<void> {
  const down = sqlPairs ? file.replace(/\.up\.sql$/, ".down.sql") : file;
  if (!existsSync(down)) throw noDown(name);
  if (file.endsWith(".sql")) await requireSqlFile(down);
  if (migrationLoaderStrategies !== undefined) return; // the user's own loaders may read any file
  await (file.endsWith(".sql") ? requireDownSection(name, down, down === file) : requireDownFunction(name, file));
}

/** Looks for the down section as node-pg-migrate does. A section without a statement would undo nothing. */
async function requireDownSection(name: string, file: string, inSections: boolean): Promise<void> {
  const text = await readSqlFile(file);
  const start = inSections ? text.search(/^\s*--[\s-]*down\s+migration/im) : 0;
  const up = text.search(/^\s*--[\s-]*up\s+migration/im);
  const section = text.slice(start, inSections && up > start ? up : undefined);
  if (start < 0 || findStatements(section).length === 0) throw noDown(name);
}

/**
 * If a migration has no down, node-pg-migrate infers it from the calls of `up`. It cannot if `up` itself queries the
 * database.
 */
async function requireDownFunction(name: string, file: string): Promise<void> {
  const found = await exportsOf(file).catch(() => undefined); // TypeScript, which node-pg-migrate reads with a loader of its own
  if (!found || typeof found.down === "function") return;
  if (found.down !== undefined) throw noDown(name);
  if (/\.db\b/.test(String(found.up))) throw noDown(name, "it has no down, and its up queries the database itself");
}

/**
 * Passes on a migration's own warnings. Lines like "#> WARNING: Need to break single transaction! <" are dropped, since
 * they call for no action.
 */
function loggerOf(session: Session) {
  const warn = (line: string): void => void (/^#?>/.test(line) || session.print(`warning: ${line}`));
  // Called for the option "verbose" only.
  const debug = (statements: string): void => session.print(statements.trim());
  return { info() {}, error() {}, warn, debug };
}

const BY_NAME = { usage: "sort", numeric: true, sensitivity: "variant", ignorePunctuation: true } as const;

/**
 * Sorts by node-pg-migrate's rules: by the number in front, then by the name. A migration's name is its file's without
 * the extension.
 */
async function listFiles(directory: string, options: OwnOptions): Promise<MigrationFile[]> {
  const { sqlPairs, ignorePattern } = options;
  const ignored = new RegExp(ignorePattern ? `^${ignorePattern}$` : "^\\..*");
  const names = await listFolder(directory);
  return names
    .filter((name) => !ignored.test(name) && !(sqlPairs && name.endsWith(".down.sql")))
    .sort((a, b) => numberOf(a) - numberOf(b) || a.localeCompare(b, undefined, BY_NAME))
    .map((name) => ({
      name: path.parse(sqlPairs ? name.replace(/\.up\.sql$/, ".sql") : name).name,
      path: path.resolve(directory, name),
    }));
}

/** Seventeen digits are a time in UTC. Fewer digits are a number. */
function numberOf(name: string): number {
  const digits = /^\d+/.exec(name)?.[0] ?? "";
  const [, year, month, day, hour, minute, second, ms] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(digits) ?? [];
  return year === undefined ? Number(digits) : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}
