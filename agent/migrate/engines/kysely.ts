// Runs kysely's migrations: TypeScript and JavaScript files, recorded in `kysely_migration`. kysely's Migrator applies
// all pending migrations in one transaction. remsh gives it one file at a time, so that each migration has its own
// transaction, or none.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import type { Dialect, Migration, MigrationProvider, Migrator, MigrationResultSet, PostgresPool } from "kysely";
import type { Direction, Engine, MigrationFile } from "../plan/engine.ts";
import { resolveInApp } from "./resolve-in-app.ts";
import { listFolder } from "./list-folder.ts";
import { noDown } from "../plan/no-down.ts";
import { importFile } from "../plan/import-file.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { locate } from "../sql/table-place.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { ofKysely } from "./kysely-config.ts";
import { checkKyselyOptions, type KyselyOptions } from "./kysely-options.ts";
import { kyselyWithoutConnection, refuseRenamingPlugins } from "./refuse-renaming-plugins.ts";

export type { KyselyOptions } from "./kysely-options.ts";

/** The lock that kysely's Migrator takes on PostgreSQL, whatever its tables. */
const LOCK = 3853314791062309107n;

/**
 * Migrations by kysely, with the tables and the files of its own Migrator.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function kysely(options: KyselyOptions = {}): Engine {
  checkKyselyOptions(options);
  const folder = (): string => resolveInApp(options.directory ?? options.migrationFolder ?? "migrations");
  const table = (schema: string | undefined): RecordTable => ({
    schema: options.migrationTableSchema ?? schema,
    name: options.migrationTableName ?? "kysely_migration",
    lockName: options.migrationLockTableName ?? "kysely_migration_lock",
    column: "name",
    orderBy: ["timestamp", "name"],
  });
  const provided = (): Promise<Provided> => options.provider?.getMigrations() ?? Promise.resolve({});
  return {
    name: "kysely",
    table,
    advisoryLock: LOCK,
    ...(options.allowUnorderedMigrations === false && { ordered: true }),
    async read(client, schema) {
      await refuseRenamingPlugins(options, table(schema));
      const applied = await readRecorded(client, table(schema));
      return { files: await (options.provider ? listNames(provided()) : listFiles(folder(), applied)), applied };
    },
    async check(migration, direction) {
      const loaded = await loadMigration(migration, provided);
      if (direction === "down" && !loaded.down) throw noDown(migration.name);
    },
    async statements(migration, direction) {
      const statements: string[] = [];
      const log = ({ query }: { query: { sql: string } }): void => void statements.push(query.sql);
      const db = await kyselyWithoutConnection({ ...options, log });
      await (await loadMigration(migration, provided))[direction]?.(db);
      return statements;
    },
    async apply(migration, direction, session) {
      const client = await session.connect();
      const applied = await readRecorded(client, table(session.schema));
      const provider = await providerOf(migration, applied, provided);
      const { schema } = await locate(client, table(session.schema));
      const results = await migrate({ client, provider, direction, schema, options, name: migration.name });
      if (results.error) throw results.error; // what the migration threw
      const { recordedAs = migration.name } = migration;
      const done = results.results?.some(
        ({ migrationName, status }) => migrationName === recordedAs && status === "Success",
      );
      if (!done) throw new TaskFailure(`kysely passed over "${migration.name}"`, { code: "NOT_RECORDED" });
    },
  };
}

interface Step {
  readonly client: Client;
  readonly provider: MigrationProvider;
  readonly direction: Direction;
  readonly schema: string | undefined;
  readonly options: KyselyOptions;
  readonly name: string;
}

async function migrate({ client, provider, direction, schema, options, name }: Step): Promise<MigrationResultSet> {
  const { Kysely, PostgresDialect } = await loadPeer("kysely", () => importPeer("kysely"));
  const Migrator = await loadMigrator();
  const migrator = new Migrator({
    db: new Kysely({ dialect: withoutLock(new PostgresDialect({ pool: poolOf(client) })), ...ofKysely(options) }),
    provider,
    ...(options.migrationTableName !== undefined && { migrationTableName: options.migrationTableName }),
    ...(options.migrationLockTableName !== undefined && { migrationLockTableName: options.migrationLockTableName }),
    migrationTableSchema: schema ?? "public", // else kysely uses a table of that name in any schema
    allowUnorderedMigrations: true, // the plan has decided and reported
    disableTransactions: options.disableTransactions ?? options.transaction?.(name) === false,
    ...(options.nameComparator && { nameComparator: options.nameComparator }),
  });
  if (direction === "up") return migrator.migrateUp();
  // migrateDown rolls back the migration that was applied last, which after a late merge is not the newest one. Here
  // kysely goes through all of them, but only this migration has a down, and kysely skips the others.
  return migrator.migrateTo({ __noMigrations__: true });
}

/** From kysely 0.29 on, the Migrator is in another module. */
async function loadMigrator(): Promise<typeof Migrator> {
  const main: { Migrator?: typeof Migrator } = await importPeer("kysely");
  if (main.Migrator) return main.Migrator;
  const own = "kysely/migration"; // unknown to the types of 0.28
  return ((await import(/* webpackIgnore: true */ own)) as { Migrator: typeof Migrator }).Migrator;
}

/** kysely would wait for its lock inside a statement, and remsh already holds that lock for the whole run. */
function withoutLock(dialect: Dialect): Dialect {
  const adapter = Object.assign(dialect.createAdapter(), {
    acquireMigrationLock: () => Promise.resolve(),
    releaseMigrationLock: () => Promise.resolve(),
  });
  return Object.assign(dialect, { createAdapter: () => adapter });
}

/** kysely needs a pool. This one always lends the session's one connection, which the session ends. */
function poolOf(client: Client): PostgresPool {
  const lent = Object.assign(client, { release() {} });
  return { connect: async () => lent, end: async () => {} };
}

/** Provides the migration that is to run, and an empty migration for each applied one, since kysely looks for those. */
async function providerOf(
  file: MigrationFile,
  applied: readonly string[],
  provided: () => Promise<Provided>,
): Promise<MigrationProvider> {
  const { name, recordedAs = name } = file;
  const migration = await loadMigration(file, provided);
  const others = applied.map((other): [string, Migration] => [other, { up: async () => {} }]);
  return { getMigrations: async () => ({ ...Object.fromEntries(others), [recordedAs]: migration }) };
}

function isMigration(value: unknown): value is Migration {
  return typeof value === "object" && value !== null && "up" in value && typeof value.up === "function";
}

/** Lists files as kysely's FileMigrationProvider does: a file that does not export "up" is shared code. */
async function listFiles(directory: string, applied: readonly string[]): Promise<MigrationFile[]> {
  const names = (await listFolder(directory)).filter((name) => /\.m?[jt]s$/.test(name) && !/\.d\.m?ts$/.test(name));
  const files = names
    .map((name) => ({ name: path.parse(name).name, path: path.resolve(directory, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const wanted = await Promise.all(
    files.map(async ({ name, path: file }) => applied.includes(name) || (await mayExportUp(file))),
  );
  return files.filter((_, index) => wanted[index]);
}

/** Reads the text and does not import the file: Node would cache the module, and later run it as it is now. */
async function mayExportUp(file: string): Promise<boolean> {
  return /\bup\b|export\s*\*|exports\s*=/.test(await readFile(file, "utf8"));
}

type Provided = Readonly<Record<string, object>>;

/** Sorted by name, as kysely does. */
async function listNames(provided: Promise<Provided>): Promise<MigrationFile[]> {
  return Object.keys(await provided)
    .sort()
    .map((name) => ({ name, path: undefined }));
}

async function loadMigration(
  { name, path: file }: MigrationFile,
  provided: () => Promise<Provided>,
): Promise<Migration> {
  const found = file === undefined ? (await provided())[name] : await importFile(pathToFileURL(file));
  const migration = found && migrationIn(found); // a module, or what the provider took for one
  if (migration) return migration;
  throw new TaskFailure(`Cannot use "${file ?? name}": it exports no function "up"`, { exitCode: 78 });
}

function migrationIn(module: { readonly default?: unknown }): Migration | undefined {
  return [module.default, module].find(isMigration);
}
