// The options of kysely's Migrator, of its FileMigrationProvider and of the Kysely of the migrations: each is used, or
// refused by name.
import { requireKnownOptions } from "../plan/known-options.ts";

/** The same as in kysely's Migrator, its FileMigrationProvider and the Kysely of the migrations. */
export interface KyselyOptions {
  /**
   * The folder of the migrations, from the app's. Default `"migrations"`. FileMigrationProvider's name for it is taken
   * as well.
   */
  directory?: string;
  migrationFolder?: string;
  /** In place of a folder: any MigrationProvider of kysely's. */
  provider?: { getMigrations(): Promise<Readonly<Record<string, object>>> };
  /** Default `"kysely_migration"`. */
  migrationTableName?: string;
  /** Default `"kysely_migration_lock"`. */
  migrationLockTableName?: string;
  migrationTableSchema?: string;
  /** False refuses a migration that is older than the newest applied one, as `--strict` does. Default: a warning. */
  allowUnorderedMigrations?: boolean;
  /**
   * How kysely orders those that were applied in the same millisecond. Default: by their names. It does not decide what
   * remsh runs, which goes by the names alone.
   */
  nameComparator?: (one: string, other: string) => number;
  /** Of the Kysely that the migrations get, such as CamelCasePlugin. */
  plugins?: readonly object[];
  /** Of the same: what kysely reports of each query. */
  log?: unknown;
  /** True runs every migration outside a transaction. Default false. */
  disableTransactions?: boolean;
  /**
   * False for a migration that cannot run in a transaction, such as one with CREATE INDEX CONCURRENTLY. Default: always
   * true.
   */
  transaction?: (name: string) => boolean;
}

const USED = [
  ...[
    "directory",
    "migrationFolder",
    "provider",
    "migrationTableName",
    "migrationLockTableName",
    "migrationTableSchema",
  ],
  ...["allowUnorderedMigrations", "nameComparator", "plugins", "log", "disableTransactions", "transaction"],
];
const REFUSED = {
  db: 'remsh connects by itself (give the Kysely\'s plugins as "plugins")',
  dialect: "remsh connects by itself, to PostgreSQL",
};
/** Given to a FileMigrationProvider, they say nothing that is not known. */
const IGNORED = ["fs", "path"];

/** @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured. */
export function checkKyselyOptions(options: KyselyOptions): void {
  requireKnownOptions(options, { of: "kysely()", names: [...USED, ...IGNORED], refused: REFUSED });
}
