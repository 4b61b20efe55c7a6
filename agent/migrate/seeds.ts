// A one-off script against the database, such as seeds: a file of the user's, run with a connected client and the run's
// context.
import { pathToFileURL } from "node:url";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Client } from "pg";
import { task, TaskFailure, type RunContext, type Task } from "../tasks/task.ts";
import { resolveInApp } from "./engines/resolve-in-app.ts";
import { importFile } from "./plan/import-file.ts";
import { databaseOf, type RepoOptions } from "./plan/repo.ts";
import type { AnyDatabase } from "./database/any-database.ts";
import { inTransaction } from "./database/in-transaction.ts";

/** What the file exports by default. It may return a value, which becomes the task's result. */
export type Seed = (client: Client, context: RunContext & { readonly args: unknown }) => unknown;

/** Which file, in which database. */
export interface SeedsOptions extends Pick<RepoOptions, "databaseUrl" | "migrationUrl" | "schema" | "settings"> {
  /**
   * A TypeScript or JavaScript file, from the app's folder. With `export const transaction = false` it opts out of the
   * transaction.
   */
  file: string;
  /** One line for `remsh tasks`. Default: `Run <file>`. */
  description?: string;
  /** The schema of the task's argument, which the file gets as `context.args`. Default: none. */
  args?: StandardSchemaV1;
  /** False runs the file outside a transaction. Default true: all of it or nothing. */
  transaction?: boolean;
}

/** Makes a task that runs a file with a connected client, in one transaction. Cancelling the run rolls it back. */
export function seeds(options: SeedsOptions): Task {
  const { file, args } = options;
  const description = options.description ?? `Run ${file}`;
  const run = (given: unknown, context: RunContext): Promise<unknown> => runSeed(options, given, context);
  return args ? task({ description, args, run }) : task({ description, run });
}

async function runSeed(options: SeedsOptions, args: unknown, context: RunContext): Promise<unknown> {
  const { seed, transaction } = await loadSeed(options);
  const database = requirePostgres(await databaseOf(options));
  const print = (line: string): void => void context.printErr(line);
  const session = database.openSession({ ...options, signal: context.signal, print });
  return session.run(async () => {
    const client = await session.connect();
    const work = (): unknown =>
      seed(client, { ...context, print: context.print.bind(context), progress: context.progress.bind(context), args });
    return transaction ? inTransaction(client, work) : work();
  });
}

async function loadSeed({ file, transaction }: SeedsOptions): Promise<{ seed: Seed; transaction: boolean }> {
  const { default: seed, transaction: own } = await importFile(pathToFileURL(resolveInApp(file)));
  if (!isSeed(seed)) {
    throw new TaskFailure(`Cannot run "${file}": it exports no function by default`, { exitCode: 78 });
  }
  return { seed, transaction: transaction ?? own !== false };
}

/** What a function takes cannot be seen; its documentation says what it gets. */
function isSeed(value: unknown): value is Seed {
  return typeof value === "function";
}

/** A seed's own code runs on a connection of pg. */
function requirePostgres(database: AnyDatabase): AnyDatabase<Client> {
  if (database.kind === "PostgreSQL") return database as AnyDatabase<Client>;
  throw new TaskFailure(`Cannot run a seed in ${database.label}: it is ${database.kind}, and seeds run in PostgreSQL`, {
    exitCode: 78,
    code: "OTHER_DATABASE",
  });
}
