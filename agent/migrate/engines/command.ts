// Makes an engine of the team's own command, in any language: remsh runs it under its lock.
import { resolveInApp } from "./resolve-in-app.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { CommandEngine, CommandEnd, CommandRun, CommandStatus } from "../plan/command-engine.ts";
import { checkCommand, type CommandOptions } from "./command-options.ts";
import { lineOf, runCommand, type CommandLine } from "./command-process.ts";

export type { CommandOptions } from "./command-options.ts";
export type { CommandLine } from "./command-process.ts";

/** The name in the key of the lock where no table is given. */
const ANY_TABLE = "remsh command";
/** A longer output of the status command keeps its end. */
const LONGEST_OUTPUT = 4_000_000;

/**
 * The team's own command as an engine: `command("npx sequelize-cli db:migrate")`. A text is run by `/bin/sh`, words by
 * no shell.
 *
 * @throws TaskFailure (exit 78) when the command is missing, or an option is unknown or of another type.
 */
export function command(migrate: CommandLine, options: CommandOptions = {}): CommandEngine {
  checkCommand(migrate, options);
  const { rollback, status } = options;
  const run = (line: CommandLine, { databaseUrl, ...rest }: CommandRun): Promise<CommandEnd> => {
    const env = { ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }), ...rest.env, ...options.env };
    return runCommand(line, { ...rest, env, cwd: resolveInApp(options.cwd ?? "") });
  };
  return {
    name: "command",
    lines: {
      up: lineOf(migrate),
      down: rollback && lineOf(rollback),
      status: status && lineOf(status),
    },
    table: () => ({ schema: undefined, name: options.table ?? ANY_TABLE }),
    run: (direction, how) => run(direction === "up" ? migrate : (rollback ?? migrate), how),
    status: (how) => readStatus(status ?? migrate, { ...how, options, whole: lineOf(migrate), run }),
  };
}

interface Asking extends CommandRun {
  readonly options: CommandOptions;
  /** The command that would apply what is pending. */
  readonly whole: string;
  readonly run: (line: CommandLine, how: CommandRun) => Promise<CommandEnd>;
}

async function readStatus(status: CommandLine, { options, whole, run, ...how }: Asking): Promise<CommandStatus> {
  const { pending, applied } = options;
  let output = "";
  const keep = (line: string): void => void (output = `${output}${line}\n`.slice(-LONGEST_OUTPUT));
  const end = await run(status, { ...how, print: keep, printErr: keep });
  how.signal.throwIfAborted();
  const found = pending && namesIn(output, pending);
  const hasFailed = end.exitCode !== 0 && (end.exitCode !== 1 || found?.length === 0);
  if (output !== "" && (hasFailed || !found)) await how.printErr(output.slice(0, -1));
  if (hasFailed)
    throw new TaskFailure(`Cannot tell what is pending: "${end.line}" ${end.how}`, {
      exitCode: end.exitCode,
      code: "STATUS_FAILED",
    });
  if (found) return { pending: found, applied: applied ? namesIn(output, applied) : [], isNamed: true };
  return end.exitCode === 0
    ? { pending: [], applied: [whole], isNamed: false }
    : { pending: [whole], applied: [], isNamed: false };
}

/** Each match's first group, or without a group the whole match. */
function namesIn(output: string, pattern: RegExp): string[] {
  const everywhere = new RegExp(pattern, pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`);
  return [...output.matchAll(everywhere)].map(([whole, name]) => (name ?? whole).trim());
}
