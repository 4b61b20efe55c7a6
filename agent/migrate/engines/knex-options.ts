// Checks a knexfile's options for one environment: each is passed on to knex, ignored, or refused by name. remsh itself
// connects, so it ignores the options about the connection.
import type { DatabaseKind } from "../database/any-database.ts";
import { resolveInApp } from "./resolve-in-app.ts";
import { badOption, requireKnownOptions } from "../plan/known-options.ts";

/** A knexfile's options for one environment. `connection` and `pool` are ignored, since remsh itself connects. */
export interface KnexOptions {
  /** knex's name of a driver, or a class of your own. Default: the one for the database's address. */
  client?: unknown;
  migrations?: {
    /** From the app's folder. Default `"./migrations"`. */
    directory?: string | readonly string[];
    /** Default `"knex_migrations"`. */
    tableName?: string;
    schemaName?: string;
    loadExtensions?: readonly string[];
    sortDirsSeparately?: boolean;
    disableTransactions?: boolean;
    /**
     * Finds the migrations in place of a folder. knex ignores it if `directory`, `loadExtensions` or
     * `sortDirsSeparately` is set, and so does remsh.
     */
    migrationSource?: KnexSource;
    readonly [option: string]: unknown;
  };
  /**
   * The schemas in which the migrations run. Without `schemaName`, the table is there, too. A schema that the caller
   * chooses comes first.
   */
  searchPath?: string | readonly string[];
  readonly [option: string]: unknown;
}

/** knex's `MigrationSource`; `Name` is whatever it makes of a migration. */
export interface KnexSource {
  getMigrations(loadExtensions: readonly string[]): Promise<unknown[]>;
  getMigrationName(migration: never): string;
  getMigration(migration: never): unknown;
}

const IGNORED = ["connection", "connectionPool", "pool", "dialect", "seeds"];
const HANDED_ON = [
  ...[
    "client",
    "migrations",
    "searchPath",
    "debug",
    "version",
    "jsonbSupport",
    "postProcessResponse",
    "wrapIdentifier",
  ],
  ...["acquireConnectionTimeout", "useNullAsDefault", "asyncStackTraces", "compileSqlOnError", "fetchAsString"],
  ...["defaultDateTimePrecision", "userParams", "log", "isolationLevel", "onError"],
];
const ENVIRONMENT = "it is an environment of a knexfile: give one of them, as knex(knexfile.production)";
const MIGRATIONS = [
  ...[
    "directory",
    "tableName",
    "schemaName",
    "loadExtensions",
    "sortDirsSeparately",
    "disableTransactions",
    "migrationSource",
  ],
  ...["beforeAll", "beforeEach", "afterEach", "afterAll"],
  ...["extension", "stub", "getNewMigrationName", "database", "disableMigrationsListValidation"],
];
/** knex's names for the drivers of each kind of database. */
const CLIENTS: Readonly<Record<DatabaseKind, readonly string[]>> = {
  PostgreSQL: ["pg", "postgres", "postgresql", "pgnative", "cockroachdb", "redshift"],
  MySQL: ["mysql2", "mysql"],
  SQLite: ["better-sqlite3", "sqlite3", "sqlite"],
};

/** @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured. */
export function checkKnexOptions(options: KnexOptions): void {
  const environments = ["development", "staging", "production", "test"].map((name): [string, string] => [
    name,
    ENVIRONMENT,
  ]);
  requireKnownOptions(options, {
    of: "knex()",
    names: [...HANDED_ON, ...IGNORED],
    refused: Object.fromEntries(environments),
  });
  requireKnownOptions(options.migrations ?? {}, {
    of: 'the "migrations" of knex()',
    names: MIGRATIONS,
    refused: { name: "the task's own arguments say it (--to)" },
  });
  const { client } = options;
  if (typeof client !== "string" || Object.values(CLIENTS).some((names) => names.includes(client))) return;
  throw badOption(`Cannot use the option "client" of knex(): "${client}" is no database that remsh migrates`);
}

/** @throws TaskFailure (exit 78) when the option "client" is for another kind of database than the address. */
export function requireClient({ client }: KnexOptions, kind: DatabaseKind): void {
  if (typeof client !== "string" || CLIENTS[kind].includes(client)) return;
  throw badOption(
    `Cannot use the option "client" of knex(): it is "${client}", and the database's address is ${kind}'s`,
  );
}

/** The folders of the migrations. */
export function foldersOf(own: NonNullable<KnexOptions["migrations"]>): string[] {
  return [own.directory ?? "./migrations"].flat().map(resolveInApp);
}

/** The user's own source, unless knex would ignore it. */
export function sourceOf(own: NonNullable<KnexOptions["migrations"]>): KnexSource | undefined {
  const aboutFiles = own.directory ?? own.loadExtensions ?? own.sortDirsSeparately;
  return aboutFiles === undefined ? own.migrationSource : undefined;
}
