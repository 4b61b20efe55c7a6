// The options of `command()`: each is used, or refused by name.
import { badOption, requireKnownOptions } from "../plan/known-options.ts";
import type { CommandLine } from "./command-process.ts";

/** What remsh may know of the command besides. */
export interface CommandOptions {
  /** The command for `Release.rollback`: it decides what it rolls back. Default: `rollback` is refused. */
  rollback?: CommandLine;
  /**
   * The command for `--check` and `Release.migrations`. It exits 0 when nothing is pending, and 1 when something is; with
   * `pending`, its output decides. Any other exit code is a failure.
   */
  status?: CommandLine;
  /** Finds the pending migrations in the output of `status`: each match is one, and its first group is the name. */
  pending?: RegExp;
  /** The same for the applied migrations. */
  applied?: RegExp;
  /** Variables for the commands. They get those of the app, and DATABASE_URL: the address that remsh uses. */
  env?: Readonly<Record<string, string>>;
  /** The working directory, from the app's folder. Default: the app's folder. */
  cwd?: string;
  /**
   * The table in which the command records what is applied: the lock's key is made from it. Commands with tables of
   * their own then run at the same time. Default: one command at a time in one database.
   */
  table?: string;
}

type Check = readonly [name: keyof CommandOptions, isRight: (value: unknown) => boolean, reason: string];

const TYPES: readonly Check[] = [
  ["rollback", isCommand, "it must be a command, or its words"],
  ["status", isCommand, "it must be a command, or its words"],
  ["pending", (value) => value instanceof RegExp, "it must be a regular expression, as /^down (.*)$/m"],
  ["applied", (value) => value instanceof RegExp, "it must be a regular expression, as /^up (.*)$/m"],
  ["env", isTexts, "it must be an object of texts"],
  ["cwd", (value) => typeof value === "string", "it must be a folder"],
  ["table", (value) => typeof value === "string" && value !== "", "it must be a name"],
];

/** @throws TaskFailure (exit 78) when there is no command, or an option is unknown, of another type, or without use. */
export function checkCommand(migrate: unknown, options: CommandOptions): void {
  requireKnownOptions(options, { of: "command()", names: TYPES.map(([name]) => name) });
  if (!isCommand(migrate))
    throw badOption('Cannot use command(): its first argument is no command, such as "npx sequelize-cli db:migrate"');
  for (const [name, isRight, reason] of TYPES)
    if (options[name] !== undefined && !isRight(options[name])) throw wrong(name, reason);
  if (options.pending !== undefined && options.status === undefined)
    throw wrong("pending", 'there is no output to look in (give "status", too)');
  if (options.applied !== undefined && options.pending === undefined)
    throw wrong("applied", 'it has no use without "pending" (give both)');
}

function wrong(name: string, reason: string): Error {
  return badOption(`Cannot use the option "${name}" of command(): ${reason}`);
}

function isCommand(value: unknown): boolean {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [program] = words;
  return typeof program === "string" && program.trim() !== "" && words.every((word) => typeof word === "string");
}

function isTexts(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}
