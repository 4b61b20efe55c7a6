// An engine that is one command of the team's own. It applies everything that is pending, and remsh does not see the
// single migrations: it takes the lock, runs the command, and keeps its exit code.
import type { TablePlace } from "../sql/table-place.ts";
import type { Direction } from "./engine.ts";

/** How a command is run. */
export interface CommandRun {
  /** The address of the database, which the command gets as DATABASE_URL; undefined if there is none. */
  readonly databaseUrl: string | undefined;
  /** Variables by which remsh finds the sessions of the command again. The options' own `env` goes before them. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks the command's processes to end: SIGTERM, and after five seconds SIGKILL. */
  readonly signal: AbortSignal;
  /** Ends the command's processes at once. */
  readonly lost?: AbortSignal;
  /** Receives each line of its standard output. A line that is awaited slows the command down. */
  readonly print: (line: string) => PromiseLike<void> | void;
  /** The same for its standard error. */
  readonly printErr: (line: string) => PromiseLike<void> | void;
}

/** How a command ended. */
export interface CommandEnd {
  /** The command as it was written. */
  readonly line: string;
  /** Its exit code; 128 and the signal's number if a signal ended it. */
  readonly exitCode: number;
  /** `exited with 7`, `was ended by SIGSEGV`. */
  readonly how: string;
}

/** What the status command says. */
export interface CommandStatus {
  /** The names of the pending migrations. Without names: the command that would apply them. */
  readonly pending: readonly string[];
  /** The same of the applied ones. */
  readonly applied: readonly string[];
  /** False where the status command tells only whether anything is pending. */
  readonly isNamed: boolean;
}

/** The engine that `command()` makes. */
export interface CommandEngine {
  readonly name: "command";
  /** The commands as they were written; undefined where there is none. */
  readonly lines: Readonly<Record<Direction | "status", string | undefined>>;
  /** What the lock's key is made from. `schema` is undefined: a command decides itself where it works. */
  table(schema: undefined): TablePlace;
  /** Runs the command for this direction. @throws TaskFailure (exit 78, or 75) when it cannot be started. */
  run(direction: Direction, run: CommandRun): Promise<CommandEnd>;
  /** Runs the status command. @throws TaskFailure with its exit code when it fails. */
  status(run: CommandRun): Promise<CommandStatus>;
}
