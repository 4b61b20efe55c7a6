// knex: JavaScript and TypeScript files, recorded in `knex_migrations`, with a lock of its own in a table row.
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import type { Knex } from "knex";
import type { Engine, MigrationFile } from "../engine.ts";
import { listFolder } from "../files.ts";
import { importFile, loadPeer } from "../peer.ts";
import { locate, readRecorded, type RecordTable } from "../recorded.ts";
import { TaskFailure } from "../../task.ts";
import type { Session } from "../session.ts";
import { freeLeftLock, markLock } from "./knex-lock.ts";

/** What a knexfile holds for one environment; `client`, `connection` and `pool` are remsh's own and are ignored. */
export interface KnexOptions {
  migrations?: {
    /** Default `"./migrations"`. */
    directory?: string | readonly string[];
    /** Default `"knex_migrations"`. */
    tableName?: string;
    schemaName?: string;
    loadExtensions?: readonly string[];
    sortDirsSeparately?: boolean;
    disableTransactions?: boolean;
    readonly [option: string]: unknown;
  };
  /** The schemas in which the migrations run, and the table is where `schemaName` does not say. A schema that is chosen goes before it. */
  searchPath?: string | readonly string[];
  readonly [option: string]: unknown;
}

/** Migrations by knex, with the tables and the files of its own command line. */
export function knex(options: KnexOptions = {}): Engine {
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
    read: async (client, schema) => ({
      files: await listFiles(own),
      applied: await readRecorded(client, table(schema)),
    }),
    async check({ path: file = "" }) {
      if (DECLARATIONS.test(file)) throw noMigration(file);
    },
    async apply(migration, direction, session) {
      const { default: createKnex } = await loadPeer("knex", () => import("knex"));
      const transactional = await usesTransaction(migration, own.disableTransactions);
      const place = await locate(await session.connect(), table(session.schema));
      const config = configOf(options, session, place.schema);
      const renamed = migration.recordedAs !== undefined;
      const db = createKnex(
        renamed ? { ...config, migrations: underRecord(config.migrations ?? {}, migration) } : config,
      );
      const { recordedAs: name = migration.name } = migration;
      try {
        await db.migrate.list(); // makes the tables where they are missing
        await freeLeftLock(db, place);
        // For the case that this process is killed: a lock that was taken in the migration's own transaction goes with it.
        if (!transactional) await markLock(db, place);
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

/** The table's schema is always named: else knex makes another table when a migration has made a schema that comes earlier. */
function configOf(options: KnexOptions, session: Session, schema: string | undefined): Knex.Config {
  const adopt = (client: Client, done: (error: unknown, client: Client) => void): void => {
    session.adopt(client).then(
      () => done(null, client),
      (error: unknown) => done(error, client),
    );
  };
  const warn = (text: unknown): void => {
    // Its own account of a failure: remsh gives one.
    if (!/^migration (?:file .* )?failed/.test(String(text))) session.print(`warning: ${String(text)}`);
  };
  return {
    ...options,
    client: "pg",
    connection: session.config() as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4, afterCreate: adopt },
    log: { warn, error: warn, deprecate: warn, debug() {} },
    migrations: {
      ...options.migrations,
      ...(schema !== undefined && { schemaName: schema }),
      disableMigrationsListValidation: true, // the plan has found what has no file, and told
    },
  };
}

/** Shows knex the one migration by the name in its table: that of its source, which has another extension. */
function underRecord(own: Knex.MigratorConfig, migration: MigrationFile): Knex.MigratorConfig {
  const { recordedAs = migration.name, path: file = "" } = migration;
  const source: Knex.MigrationSource<MigrationFile> = {
    getMigrations: async () => [migration],
    getMigrationName: () => recordedAs,
    async getMigration() {
      const { default: whole, ...named } = await importFile(pathToFileURL(file));
      // Not checked here: knex itself refuses what has no up or down.
      return (typeof named.up === "function" ? named : whole) as Knex.Migration;
    },
  };
  // Told where its files are, knex would read them again, and pass over the source.
  const others = Object.entries(own).filter(([option]) => !ABOUT_FILES.has(option));
  return { ...Object.fromEntries(others), migrationSource: source };
}

const ABOUT_FILES = new Set(["directory", "loadExtensions", "sortDirsSeparately"]);

const EXTENSIONS = [".co", ".coffee", ".eg", ".iced", ".js", ".cjs", ".litcoffee", ".ls", ".ts"];

const DECLARATIONS = /\.d\.ts$/;

function noMigration(file: string): TaskFailure {
  return new TaskFailure(
    `Cannot apply "${path.relative("", file)}": it is no migration, but knex takes it for one by its extension (set "loadExtensions" to [".js"])`,
    { exitCode: 78, code: "NO_MIGRATION" },
  );
}

/** knex's own rules; the name is the file's, with its extension. */
async function listFiles(own: NonNullable<KnexOptions["migrations"]>): Promise<MigrationFile[]> {
  const folders = [own.directory ?? "./migrations"].flat();
  const extensions = own.loadExtensions ?? EXTENSIONS;
  const found: MigrationFile[] = [];
  for (const folder of folders) {
    const names = (await listFolder(folder)).filter((name) => extensions.includes(path.extname(name))).sort();
    found.push(...names.map((name) => ({ name, path: path.resolve(folder, name) })));
  }
  return own.sortDirsSeparately ? found : found.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

async function usesTransaction({ path: file = "" }: MigrationFile, disabled: boolean | undefined): Promise<boolean> {
  const { config, default: whole } = await importFile(pathToFileURL(file));
  const own = config ?? (typeof whole === "object" && whole !== null && "config" in whole ? whole.config : undefined);
  const chosen = typeof own === "object" && own !== null && "transaction" in own ? own.transaction : undefined;
  return typeof chosen === "boolean" ? chosen : disabled !== true;
}
