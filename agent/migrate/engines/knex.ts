// Runs knex's migrations: JavaScript and TypeScript files, recorded in `knex_migrations`. knex's own lock is a row of a
// table.
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import type { Knex } from "knex";
import type { Engine, MigrationFile } from "../plan/engine.ts";
import { listFolder } from "./list-folder.ts";
import { noDown } from "../plan/no-down.ts";
import { importFile } from "../plan/import-file.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { locate } from "../sql/table-place.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { Session } from "../database/session.ts";
import { freeLeftLock, knexLockHolder, markLock } from "./knex-lock.ts";
import { knexStatements } from "./knex-statements.ts";
import { checkKnexOptions, foldersOf, sourceOf, type KnexOptions, type KnexSource } from "./knex-options.ts";

export type { KnexOptions } from "./knex-options.ts";

const DECLARATIONS = /\.d\.ts$/;

/**
 * Migrations by knex, with the tables and the files of its own command line.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function knex(options: KnexOptions = {}): Engine {
  checkKnexOptions(options);
  const own = options.migrations ?? {};
  const table = (schema: string | undefined): RecordTable => ({
    schema: own.schemaName ?? schema,
    searchPath: options.searchPath === undefined ? undefined : [options.searchPath].flat(),
    name: own.tableName ?? "knex_migrations",
    column: "name",
    orderBy: ["id"],
  });
  return {
    name: "knex",
    table,
    lockedBy: async (client, schema) => knexLockHolder(client, await locate(client, table(schema))),
    read: async (client, schema) => ({
      files: await (sourceOf(own) ? listSource(own) : listFiles(own)),
      applied: await readRecorded(client, table(schema)),
    }),
    async check(migration, direction) {
      const { path: file = "" } = migration;
      if (DECLARATIONS.test(file)) throw noMigration(file);
      if (direction === "down" && typeof (await loadModule(migration, own)).down !== "function")
        throw noDown(migration.name);
    },
    async statements(migration, direction) {
      const config = { ...options, client: clientOf(options), connection: {} } as Knex.Config;
      return knexStatements(await loadModule(migration, own), direction, config);
    },
    async apply(migration, direction, session) {
      const { default: createKnex } = await loadPeer("knex", () => importPeer("knex"));
      const transactional = await usesTransaction(migration, own);
      // Not through knex: the user's postProcessResponse may change the shape of what knex returns.
      const client = await session.connect();
      const place = await locate(client, table(session.schema));
      const config = configOf(options, session, place.schema);
      const renamed = migration.recordedAs !== undefined;
      const db = createKnex(
        renamed ? { ...config, migrations: underRecord(config.migrations ?? {}, migration, own) } : config,
      );
      const { recordedAs: name = migration.name } = migration;
      try {
        await db.migrate.list(); // makes the tables where they are missing
        await freeLeftLock(client, place);
        // If this process is killed, a lock that was taken in the migration's own transaction is rolled back with it.
        // Any other lock stays, and the mark tells the next process that remsh left it.
        if (!transactional) await markLock(client, place);
        if (direction === "up") await db.migrate.up({ name });
        else if (!transactional) await db.migrate.down({ name });
        // Alone, knex would delete its record outside the migration's transaction.
        else await db.transaction((transaction) => transaction.migrate.down({ name }));
      } finally {
        await db.destroy();
      }
    },
  };
}

/**
 * The table's schema is always named. Otherwise, when a migration has created a schema that comes earlier in the search
 * path, knex makes a second table there.
 */
function configOf(options: KnexOptions, session: Session, schema: string | undefined): Knex.Config {
  const adopt = (client: Client, done: (error: unknown, client: Client) => void): void => {
    session.adopt(client).then(
      () => done(null, client),
      (error: unknown) => done(error, client),
    );
  };
  const warn = (text: unknown): void => {
    // remsh reports failures itself.
    if (!/^migration (?:file .* )?failed/.test(String(text))) session.print(`warning: ${String(text)}`);
  };
  return {
    ...options,
    client: clientOf(options),
    connection: session.config() as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4, afterCreate: adopt },
    log: { warn, error: warn, deprecate: warn, debug() {} },
    migrations: {
      ...options.migrations,
      ...(!sourceOf(options.migrations ?? {}) && { directory: foldersOf(options.migrations ?? {}) }),
      ...(schema !== undefined && { schemaName: schema }),
      disableMigrationsListValidation: true, // the plan has found and reported missing files
    } as Knex.MigratorConfig, // knex's type of a source asks for more than knex uses
  };
}

/** PostgreSQL's client, CockroachDB's, or the user's own class, which knex uses unchanged. */
function clientOf({ client }: KnexOptions): NonNullable<Knex.Config["client"]> {
  if (client === "cockroachdb") return client;
  return isClass(client) ? client : "pg";
}

function isClass(client: unknown): client is typeof Knex.Client {
  return typeof client === "function";
}

const ABOUT_FILES = new Set(["directory", "loadExtensions", "sortDirsSeparately"]);

/** A configuration with this migration alone, under the name that the table has for it, with the source's extension. */
function underRecord(config: Knex.MigratorConfig, migration: MigrationFile, own: OwnMigrations): Knex.MigratorConfig {
  const { recordedAs = migration.name } = migration;
  const source: Knex.MigrationSource<MigrationFile> = {
    getMigrations: async () => [migration],
    getMigrationName: () => recordedAs,
    getMigration: () => loadModule(migration, own),
  };
  // With an option about files, knex would read the folder and ignore the source.
  const others = Object.entries(config).filter(([option]) => !ABOUT_FILES.has(option));
  return { ...Object.fromEntries(others), migrationSource: source };
}

type OwnMigrations = NonNullable<KnexOptions["migrations"]>;

const EXTENSIONS = [".co", ".coffee", ".eg", ".iced", ".js", ".cjs", ".litcoffee", ".ls", ".ts"];

function noMigration(file: string): TaskFailure {
  return new TaskFailure(
    `Cannot apply "${path.relative("", file)}": it is no migration, but knex takes it for one by its extension (set "loadExtensions" to [".js"])`,
    { exitCode: 78, code: "NO_MIGRATION" },
  );
}

/** Finds the files by knex's rules. A migration's name is its file's name, with the extension. */
async function listFiles(own: OwnMigrations): Promise<MigrationFile[]> {
  const folders = foldersOf(own);
  const extensions = own.loadExtensions ?? EXTENSIONS;
  const found: MigrationFile[] = [];
  for (const folder of folders) {
    const names = (await listFolder(folder)).filter((name) => extensions.includes(path.extname(name))).sort();
    found.push(...names.map((name) => ({ name, path: path.resolve(folder, name) })));
  }
  return own.sortDirsSeparately ? found : found.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** The migrations of the user's own source, which need not be files. */
async function listSource(own: OwnMigrations): Promise<MigrationFile[]> {
  return (await namedInSource(own)).map(({ name }) => ({ name, path: undefined }));
}

async function namedInSource(own: OwnMigrations): Promise<{ name: string; load: () => unknown }[]> {
  const source: AnySource | undefined = sourceOf(own);
  const found = (await source?.getMigrations(own.loadExtensions ?? EXTENSIONS)) ?? [];
  return found.map((one) => ({
    name: source?.getMigrationName(one) ?? "",
    load: () => source?.getMigration(one),
  }));
}

/** Only the source knows what its migrations are, so it gets each one back unchanged. */
interface AnySource extends Pick<KnexSource, "getMigrations"> {
  getMigrationName(migration: unknown): string;
  getMigration(migration: unknown): unknown;
}

async function usesTransaction(migration: MigrationFile, own: OwnMigrations): Promise<boolean> {
  const config = propertyOf(await loadModule(migration, own), "config");
  const chosen = propertyOf(config, "transaction");
  return typeof chosen === "boolean" ? chosen : own.disableTransactions !== true;
}

/** What knex runs: the module, or what it exports by default. */
async function loadModule({ name, path: file }: MigrationFile, own: OwnMigrations): Promise<Knex.Migration> {
  const loaded =
    file === undefined
      ? await (await namedInSource(own)).find((one) => one.name === name)?.load()
      : await importFile(pathToFileURL(file));
  const whole = propertyOf(loaded, "default");
  return (typeof propertyOf(whole, "up") === "function" ? whole : loaded) as Knex.Migration; // knex itself checks it
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
