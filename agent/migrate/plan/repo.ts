// The databases that the tasks work on: one, or several by name, as the user described them.
import { didYouMean } from "../../../shared/did-you-mean.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { AnyDatabase } from "../database/any-database.ts";
import type { CommandEngine } from "./command-engine.ts";
import { openDatabase } from "./open-database.ts";
import type { AnyEngine, Engine } from "./engine.ts";
import type { Settings } from "../database/settings.ts";
import { badOption, requireKnownOptions } from "./known-options.ts";

/** A connection string, or a function that finds it when it is needed. */
export type UrlSource = string | (() => string | undefined | Promise<string | undefined>);

/** One database and the engine that migrates it. */
export interface RepoOptions {
  engine: Engine | CommandEngine;
  /**
   * Where the app connects. libpq's `sslmode`, `sslrootcert`, PGSSLMODE and PGSSLROOTCERT mean what they mean there.
   * Only `command()` with `lock: false` does without.
   */
  databaseUrl?: UrlSource;
  /** Where migrations connect, when the app's address is a pooler such as PgBouncer. Default: `databaseUrl`. */
  migrationUrl?: UrlSource;
  /** The schema to migrate. Default: the engine's own. */
  schema?: string;
  /**
   * PostgreSQL settings for the sessions in which migrations run: `{ lock_timeout: "5s", statement_timeout: "15min" }`.
   */
  settings?: Settings;
  /**
   * False takes no lock, for a database without advisory locks such as CockroachDB: then two processes must not migrate
   * at once.
   */
  lock?: boolean;
}

/** A database that an engine migrates, one migration at a time, with its name among `repos`. */
export interface EngineRepo extends RepoOptions {
  readonly name: string;
  readonly engine: Engine;
}

/** A database that a command migrates. */
export interface CommandRepo extends RepoOptions {
  readonly name: string;
  readonly engine: CommandEngine;
}

/** One of them. */
export type Repo = EngineRepo | CommandRepo;

/** The options of one database, and those of the tasks for all. */
const REPO_NAMES = ["engine", "databaseUrl", "migrationUrl", "schema", "settings", "lock"];
const TASK_NAMES = ["lockTimeout", "strict"];

/**
 * All databases in the order given; the only one is called "default".
 *
 * @throws TaskFailure (exit 78) when an option is unknown, missing or of another type.
 */
export function listRepos(options: RepoOptions | { repos: Readonly<Record<string, RepoOptions>> }): Repo[] {
  const of = "migrations()";
  if (!isObject(options) || !("repos" in options)) {
    requireKnownOptions(options, { of, names: [...REPO_NAMES, ...TASK_NAMES, "repos"] });
    return [checkRepo({ ...options, name: "default" }, of)];
  }
  const refused = Object.fromEntries(REPO_NAMES.map((name) => [name, `each of the "repos" has its own`]));
  requireKnownOptions(options, { of, names: [...TASK_NAMES, "repos"], refused });
  if (!isObject(options.repos)) throw badOption(`Cannot use the option "repos" of ${of}: it must be an object`);
  return Object.entries(options.repos).map(([name, repo]) => {
    requireKnownOptions(repo, { of: `the repo "${name}" of ${of}`, names: REPO_NAMES });
    return checkRepo({ ...repo, name }, `the repo "${name}" of ${of}`);
  });
}

function checkRepo(repo: RepoOptions & { name: string }, of: string): Repo {
  const { engine, schema, settings, lock } = repo;
  const wrong = (name: string, reason: string): never => {
    throw badOption(`Cannot use the option "${name}" of ${of}: ${reason}`);
  };
  const isUrl = (value: unknown): boolean => ["undefined", "string", "function"].includes(typeof value);
  if (!isEngine(engine)) {
    wrong(
      "engine",
      "it must be one of nodePgMigrate(), knex(), umzug(), kysely(), drizzle(), prisma(), sequelize(), typeorm(), mikroOrm(), command(), or of your own",
    );
  }
  for (const name of ["databaseUrl", "migrationUrl"] as const) {
    if (!isUrl(repo[name])) wrong(name, "it must be a connection string, or a function that returns one");
  }
  if (isCommand(engine)) refuseForCommand(repo, of);
  if (schema !== undefined && (typeof schema !== "string" || schema === "")) wrong("schema", "it must be a name");
  if (lock !== undefined && typeof lock !== "boolean") wrong("lock", "it must be true or false");
  if (settings !== undefined && !isObject(settings))
    wrong("settings", 'it must be an object, as { lock_timeout: "5s" }');
  return { ...repo, engine } as Repo; // an engine of one of the two kinds
}

function refuseForCommand(repo: RepoOptions, of: string): void {
  const name = (["schema", "settings"] as const).find((one) => repo[one] !== undefined);
  if (name === undefined) return;
  throw badOption(
    `Cannot use the option "${name}" of ${of}: a command makes its own connections (say it in the command)`,
  );
}

function isEngine(value: unknown): boolean {
  return isObject(value) && (["read", "apply"].every((name) => name in value) || isCommand(value));
}

function isCommand(engine: object): engine is CommandEngine {
  return "run" in engine && "lines" in engine;
}

/** Whether a command migrates this database. */
export function isCommandRepo(repo: Repo): repo is CommandRepo {
  return isCommand(repo.engine);
}

/** What JavaScript gives may be anything. */
function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The chosen database, or all. @throws TaskFailure (exit 65) when none has that name. */
export function chooseRepos(repos: readonly Repo[], chosen: string | undefined): readonly Repo[] {
  if (chosen === undefined) return repos;
  const repo = repos.find(({ name }) => name === chosen);
  if (repo) return [repo];
  const names = repos.map(({ name }) => name);
  throw new TaskFailure(
    `Cannot use the repo "${chosen}": there is ${names.map((name) => `"${name}"`).join(", ")}${didYouMean(chosen, names)}`,
    { exitCode: 65, code: "UNKNOWN_REPO" },
  );
}

/** The schema that is migrated, if one is chosen. */
export interface ChosenSchema {
  readonly name: string | undefined;
  /** False where the engine makes the schema that is missing. */
  readonly mustExist: boolean;
}

/** The schema that the caller asks for, else the configured one, else the one that the address names to the engine. */
export function chooseSchema({ repo, database }: OpenRepo, asked: string | undefined): ChosenSchema {
  const name = asked ?? repo.schema;
  if (name !== undefined || !repo.engine.readsSchemaParameter) return { name, mustExist: true };
  return { name: database.schemaParameter, mustExist: false };
}

/** A repo whose database is known, and with it the engine for that kind of database. */
export interface OpenRepo {
  readonly database: AnyDatabase;
  readonly repo: Omit<EngineRepo, "engine"> & { readonly engine: AnyEngine };
}

/**
 * The database behind the address, and the engine for it. Nothing is connected yet.
 *
 * @throws TaskFailure (exit 78) when there is no address, not a usable one, or one that the engine cannot migrate.
 */
export async function openRepo(repo: EngineRepo): Promise<OpenRepo> {
  const database = await databaseOf(repo);
  return { database, repo: { ...repo, engine: engineFor(repo.engine, database) } };
}

/** The database behind the address. @throws TaskFailure (exit 78) when there is no address, or not a usable one. */
export async function databaseOf(options: Pick<RepoOptions, "databaseUrl" | "migrationUrl">): Promise<AnyDatabase> {
  const address = await addressOf(options);
  if (address) return openDatabase(address);
  throw new TaskFailure('Cannot find the database: "databaseUrl" is not set', {
    exitCode: 78,
    code: "NO_DATABASE_URL",
  });
}

function engineFor(engine: Engine, { kind, label }: AnyDatabase): AnyEngine {
  if (kind === "PostgreSQL") return engine;
  const own = engine.elsewhere?.[kind];
  if (own) return own;
  const kinds = ["PostgreSQL", ...Object.keys(engine.elsewhere ?? {})].join(" and ");
  throw new TaskFailure(`Cannot migrate ${label}: it is ${kind}, and remsh's engine ${engine.name} migrates ${kinds}`, {
    exitCode: 78,
    code: "OTHER_DATABASE",
  });
}

/** The address of the database, if there is one. */
export async function addressOf({
  databaseUrl,
  migrationUrl,
}: Pick<RepoOptions, "databaseUrl" | "migrationUrl">): Promise<string | undefined> {
  return (await valueOf(migrationUrl)) ?? (await valueOf(databaseUrl));
}

async function valueOf(source: UrlSource | undefined): Promise<string | undefined> {
  return typeof source === "function" ? source() : source;
}
