// node-pg-migrate's options as its users know them: those of its `runner`, and the names in its configuration file
// (`migrations-dir`). Each is used, or refused by name.
import { badOption, requireKnownOptions } from "../plan/known-options.ts";

/** The same as in node-pg-migrate's own configuration; the names of its configuration file are taken as well. */
export interface NodePgMigrateOptions {
  /** The folder of the migrations, from the app's. Default `"migrations"`. */
  directory?: string;
  /** Default `"pgmigrations"`. */
  migrationsTable?: string;
  /** Default: the schema that is migrated: the one that is chosen, else the first of `schema`, else `"public"`. */
  migrationsSchema?: string;
  createMigrationsSchema?: boolean;
  /** Where the migrations run, unless a schema is chosen for the database. Default: as the database has it. */
  schema?: string | readonly string[];
  createSchema?: boolean;
  /** Files to leave out: a regular expression for the whole name. Default: names that begin with a dot. */
  ignorePattern?: string;
  /**
   * Takes `1_users.up.sql` and `1_users.down.sql` as one migration. Default false, as in node-pg-migrate: two of them.
   */
  sqlPairs?: boolean;
  decamelize?: boolean;
  /** True refuses a migration that is older than the newest applied one, as `--strict` does. Default: a warning. */
  checkOrder?: boolean;
  /** Prints the statements of each migration. Default false. */
  verbose?: boolean;
  /** True leaves node-pg-migrate's own lock alone. Default false. */
  noLock?: boolean;
  /** The key of that lock. Default: node-pg-migrate's. */
  lockValue?: number;
  tsconfigPaths?: boolean | string;
  migrationLoaderStrategies?: readonly unknown[];
  /** The same options, as they are given to node-pg-migrate's `runner`; those beside it win. */
  runner?: Readonly<Record<string, unknown>>;
  /** The names of its configuration file, such as `"migrations-dir"`. */
  readonly [name: `${string}-${string}`]: unknown;
}

/** The options with one name for each. */
export type OwnOptions = Omit<NodePgMigrateOptions, "runner" | `${string}-${string}`>;

const PASSED_ON = [
  "createSchema",
  "createMigrationsSchema",
  "decamelize",
  "tsconfigPaths",
  "migrationLoaderStrategies",
];
const USED = [
  "migrationsTable",
  "migrationsSchema",
  "schema",
  "ignorePattern",
  "checkOrder",
  "verbose",
  "noLock",
  "lockValue",
];
/**
 * How to connect, which `databaseUrl` of `migrations()` says; how to make a new file; and what remsh does in its own
 * way.
 */
const OTHERS = [
  ...[
    "databaseUrl",
    "databaseUrlVar",
    "dbClient",
    "url",
    "host",
    "port",
    "user",
    "name",
    "database",
    "password",
    "ssl",
    "rejectUnauthorized",
  ],
  ...["migrationFileLanguage", "migrationFilenameFormat", "templateFileName", "envPath"],
  ...["singleTransaction", "advisoryLockMode"],
];
const REFUSED = {
  ...Object.fromEntries(
    ["direction", "count", "timestamp", "file"].map((name) => [name, "the task's own arguments say it (--to, --step)"]),
  ),
  dryRun: "the task's own argument says it (--dry-run)",
  fake: "remsh records only what it has run",
  log: "what node-pg-migrate logs goes to the caller",
  logger: "what node-pg-migrate logs goes to the caller",
};

/** @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured. */
export function readOptions(given: NodePgMigrateOptions): OwnOptions {
  const of = "nodePgMigrate()";
  const { runner = {}, sqlPairs, ...own } = given;
  const options = { ...renamed(runner), ...renamed(own) };
  if (options.useGlob === true) {
    throw badOption(`Cannot use the option "useGlob" of ${of}: remsh reads one folder (name it as "directory")`);
  }
  requireKnownOptions(options, {
    of,
    names: ["directory", "sqlPairs", "runner", "useGlob", ...USED, ...PASSED_ON, ...OTHERS],
    refused: REFUSED,
  });
  refuseDecamelized(options);
  return { ...options, ...(sqlPairs !== undefined && { sqlPairs }) };
}

/**
 * With `decamelize` node-pg-migrate creates its table under the other name, and then looks for it under the given one.
 */
function refuseDecamelized({ decamelize, migrationsTable, migrationsSchema }: OwnOptions): void {
  for (const [option, name] of Object.entries({ migrationsTable, migrationsSchema })) {
    if (!decamelize || name === undefined || name === name.toLowerCase()) continue;
    throw badOption(
      `Cannot use the option "${option}" of nodePgMigrate(): with "decamelize" node-pg-migrate does not find "${name}" again (give it in lower case)`,
    );
  }
}

/** What node-pg-migrate itself gets of them. */
export function passedOn(options: OwnOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => PASSED_ON.includes(name)));
}

/** `migrations-dir` is `migrationsDir`, and that is `directory`. */
function renamed(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return [camel === "dir" || camel === "migrationsDir" ? "directory" : camel, value];
    }),
  );
}
