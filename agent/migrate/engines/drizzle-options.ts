// The options of drizzle's migrator and of drizzle-kit's configuration file: each is used, ignored, or refused by name.
import type { DatabaseKind } from "../database/any-database.ts";
import { badOption, requireKnownOptions } from "../plan/known-options.ts";
import { resolveInApp } from "./resolve-in-app.ts";

/** The same as in drizzle's `migrate()`; the names of drizzle-kit's configuration file are taken as well. */
export interface DrizzleOptions {
  /** From the app's folder. Default `"./drizzle"`. */
  migrationsFolder?: string;
  /** drizzle-kit's name for `migrationsFolder`. */
  out?: string;
  /** drizzle-kit's names for `migrationsTable` and `migrationsSchema`. */
  migrations?: { table?: string; schema?: string; prefix?: string };
  /** Default `"__drizzle_migrations"`. */
  migrationsTable?: string;
  /** Default: the schema that is migrated where one is chosen, else `"drizzle"`. */
  migrationsSchema?: string;
  /**
   * False for a migration that cannot run in a transaction, such as one with CREATE INDEX CONCURRENTLY. Default: always
   * true.
   */
  transaction?: (name: string) => boolean;
  /**
   * The other options of drizzle-kit's configuration file, about generating and connecting. remsh ignores them:
   * `databaseUrl` says where to connect.
   */
  readonly [name: string]: unknown;
}

const USED = ["migrationsFolder", "migrationsTable", "migrationsSchema", "transaction", "out", "migrations", "dialect"];
const IGNORED = [
  ...["schema", "dbCredentials", "driver", "verbose", "strict", "breakpoints", "casing", "introspect", "entities"],
  ...["tablesFilter", "schemaFilter", "extensionsFilters", "tablesFilters", "url"],
];

/** drizzle-kit's names for the kinds of databases. */
const DIALECTS: Readonly<Record<DatabaseKind, string>> = { PostgreSQL: "postgresql", MySQL: "mysql", SQLite: "sqlite" };

/** @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured. */
export function checkDrizzleOptions(options: DrizzleOptions): void {
  requireKnownOptions(options, { of: "drizzle()", names: [...USED, ...IGNORED] });
  const names = ["table", "schema", "prefix"];
  requireKnownOptions(options.migrations ?? {}, { of: 'the "migrations" of drizzle()', names });
  const { dialect } = options;
  if (dialect === undefined || Object.values(DIALECTS).some((known) => known === dialect)) return;
  throw badOption(
    `Cannot use the option "dialect" of drizzle(): "${shownDialect(dialect)}" is no database that remsh migrates`,
  );
}

/** @throws TaskFailure (exit 78) when the option "dialect" is another kind of database than the address. */
export function requireDialect({ dialect }: DrizzleOptions, kind: DatabaseKind): void {
  if (dialect === undefined || dialect === DIALECTS[kind]) return;
  throw badOption(
    `Cannot use the option "dialect" of drizzle(): it is "${shownDialect(dialect)}", and the database's address is ${kind}'s`,
  );
}

/** The folder of the migrations. */
export function folderIn({ migrationsFolder, out }: DrizzleOptions): string {
  return resolveInApp(migrationsFolder ?? out ?? "./drizzle");
}

function shownDialect(dialect: unknown): string {
  return typeof dialect === "string" ? dialect : typeof dialect;
}
