// A call that has a process to itself, as in `eval`: whatever its task makes of a signal, it ends with that process; and the
// task may end the process.
import { RpcError } from "../../shared/errors.ts";
import { cancelled, gaveUpWith, timedOut, type RunEnd, type RunName } from "../../shared/outcomes.ts";
import type { Address } from "../wire/address.ts";
import type { Deadline } from "../wire/deadline.ts";
import { CommandFailure } from "./command-failure.ts";
import { EXIT_CODE_OF } from "./exit-codes.ts";

/** A process that is there for one call. */
export interface OwnProcess {
  address: Address;
  /**
   * Ends it, whatever its task has left open, and resolves when it is gone: to the exit code, which is the given one unless the
   * process itself ended with another after a success.
   */
  end: (exitCode: number) => Promise<number>;
  /** The code with which it has ended by itself, waited for a moment; undefined where it still runs or a signal has ended it. */
  ownExitCode: () => Promise<number | undefined>;
}

const BECAME = "the task was ended with its process";
const ENDED: RunEnd = { state: "stopped", became: BECAME };

/** The task, or the module that it is in, has ended its process, with an exit code of its own choice: 0, too. */
export class EndedItself extends CommandFailure {}

/**
 * The failure of a call as it is in a process of its own: where the task still ran the process is ended first, so that what is
 * then said is true; where the task has ended the process its exit code counts.
 */
export async function inOwnProcess(
  process: OwnProcess,
  error: unknown,
  { run, task, deadline }: RunName & { deadline: Deadline },
): Promise<unknown> {
  if (!(error instanceof RpcError)) return error;
  if (error.code === "CONNECTION_LOST") {
    const exitCode = await process.ownExitCode();
    return exitCode === undefined ? error : endedItself(task, exitCode);
  }
  if (error.state !== "running" && error.state !== "unknown") return error;
  await process.end(EXIT_CODE_OF[error.code]);
  if (error.code === "TIMEOUT" && deadline.hasPassed) return timedOut({ run, task }, deadline.timeoutMs ?? 0, ENDED);
  if (error.code === "CANCELLED") return cancelled({ run, task }, ENDED);
  return error.state === "running" ? endedAfter(error, { run, task }) : error;
}

/** What the agent said while a task still ran, as it is now: an expression may be over a limit of its own. */
function endedAfter({ code, message, text }: RpcError, { run, task }: RunName): RpcError {
  const details = { run, state: "stopped", ...(text !== undefined && { text }) } as const;
  return new RpcError(code, code === "TIMEOUT" ? gaveUpWith(message, task, BECAME) : message, details);
}

function endedItself(task: string, exitCode: number): EndedItself {
  return new EndedItself(`"${task}" ended its process with exit ${exitCode}, and did not return`, exitCode);
}
