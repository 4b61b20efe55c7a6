// The options of sequelize-cli: those of its config file, and the folder. Each is used, or refused by name.
import { badOption, requireKnownOptions } from "../plan/known-options.ts";

/** One environment of sequelize-cli's config file, and what `.sequelizerc` says. */
export interface SequelizeOptions {
  /** The folder of the migrations, from the app's. Default `"migrations"`. `.sequelizerc`'s name for it works, too. */
  directory?: string;
  "migrations-path"?: string;
  /** Default `"SequelizeMeta"`. */
  migrationStorageTableName?: string;
  migrationStorageTableSchema?: string;
  /** Only `"sequelize"`: in the database. */
  migrationStorage?: string;
  /**
   * False for a migration that cannot run in a transaction, such as one with CREATE INDEX CONCURRENTLY. Default: true,
   * unless the migration calls `transaction()` itself.
   */
  transaction?: (name: string) => boolean;
  /** The options of the Sequelize that the migrations get: `define`, `timezone`, `quoteIdentifiers`, … */
  readonly [name: string]: unknown;
}

const OWN = ["directory", "migrations-path", "migrationStorageTableName", "migrationStorageTableSchema"];
const OWN_TOO = ["migrationStorage", "migrationTimestamps", "transaction", "dialect"];
/** Of Sequelize itself. */
export const PASSED_ON = [
  ...["define", "timezone", "quoteIdentifiers", "keepDefaultTimezone", "standardConformingStrings", "databaseVersion"],
  ...["omitNull", "typeValidation", "minifyAliases", "logQueryParameters", "isolationLevel", "hooks", "query", "set"],
  ...["noTypeValidation", "operatorsAliases", "logging", "benchmark", "dialectOptions", "schema", "retry"],
];
/** They say how to connect, which `databaseUrl` decides, or are about seeders and models. */
const IGNORED = [
  ...["username", "password", "database", "host", "port", "protocol", "url", "use_env_variable", "ssl", "pool"],
  ...["replication", "native", "dialectModule", "dialectModulePath", "storage", "models-path", "config"],
  ...["seeders-path", "seederStorage", "seederStorageTableName", "seederStorageTableSchema", "seederStoragePath"],
  ...["migrationStoragePath", "sync", "clientMinMessages"],
];
const ENVIRONMENTS = ["development", "test", "production", "staging"];

/** @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured. */
export function checkSequelizeOptions(options: SequelizeOptions): void {
  const reason = "it is an environment of a config file (give that one: sequelize(config.production))";
  requireKnownOptions(options, {
    of: "sequelize()",
    names: [...OWN, ...OWN_TOO, ...PASSED_ON, ...IGNORED],
    refused: Object.fromEntries(ENVIRONMENTS.map((name) => [name, reason])),
  });
  const { dialect = "postgres", migrationStorage = "sequelize" } = options;
  if (dialect !== "postgres")
    throw badOption(`Cannot use the option "dialect" of sequelize(): "${String(dialect)}" is not PostgreSQL`);
  if (migrationStorage !== "sequelize")
    throw badOption(
      `Cannot use the option "migrationStorage" of sequelize(): with "${migrationStorage}" the database does not know what is applied (leave it out)`,
    );
}
