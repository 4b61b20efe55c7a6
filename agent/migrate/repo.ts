// The databases that the tasks work on: one, or several by name, as the user described them.
import { TaskFailure } from "../task.ts";
import { Database } from "./database.ts";
import type { Engine } from "./engine.ts";
import type { Settings } from "./session.ts";
import { suggestion } from "./suggestion.ts";

/** A connection string, or a function that finds it when it is needed. */
export type UrlSource = string | (() => string | undefined | Promise<string | undefined>);

/** One database and the engine that migrates it. */
export interface RepoOptions {
  engine: Engine;
  /** Where the app connects. libpq's `sslmode`, `sslrootcert`, PGSSLMODE and PGSSLROOTCERT mean what they mean there. */
  databaseUrl: UrlSource;
  /** Where migrations connect, when the app's address is a pooler such as PgBouncer. Default: `databaseUrl`. */
  migrationUrl?: UrlSource;
  /** The schema to migrate. Default: the engine's own. */
  schema?: string;
  /** PostgreSQL settings for the sessions in which migrations run: `{ lock_timeout: "5s", statement_timeout: "15min" }`. */
  settings?: Settings;
}

/** A database with its name among `repos`. */
export interface Repo extends RepoOptions {
  readonly name: string;
}

/** All databases in the order given; the only one is called "default". */
export function listRepos(options: RepoOptions | { repos: Readonly<Record<string, RepoOptions>> }): Repo[] {
  if (!("repos" in options)) return [{ ...options, name: "default" }];
  return Object.entries(options.repos).map(([name, repo]) => ({ ...repo, name }));
}

/** The chosen database, or all. @throws TaskFailure (exit 65) when none has that name. */
export function chooseRepos(repos: readonly Repo[], chosen: string | undefined): readonly Repo[] {
  if (chosen === undefined) return repos;
  const repo = repos.find(({ name }) => name === chosen);
  if (repo) return [repo];
  const names = repos.map(({ name }) => name);
  throw new TaskFailure(
    `Cannot use the repo "${chosen}": there is ${names.map((name) => `"${name}"`).join(", ")}${suggestion(chosen, names)}`,
    { exitCode: 65, code: "UNKNOWN_REPO" },
  );
}

/** The database behind the address. @throws TaskFailure (exit 78) when there is no address, or not a usable one. */
export async function openRepo(options: Pick<RepoOptions, "databaseUrl" | "migrationUrl">): Promise<Database> {
  const address = (await valueOf(options.migrationUrl)) ?? (await valueOf(options.databaseUrl));
  if (address) return new Database(address);
  throw new TaskFailure('Cannot find the database: "databaseUrl" is not set', {
    exitCode: 78,
    code: "NO_DATABASE_URL",
  });
}

async function valueOf(source: UrlSource | undefined): Promise<string | undefined> {
  return typeof source === "function" ? source() : source;
}
