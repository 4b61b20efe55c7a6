// A call with a separate process, as in `eval`. If the task ignores a signal, it ends with that process. The task may
// also end the process itself.
import { RpcError } from "../../shared/errors.ts";
import { cancelled, gaveUpWith, timedOut, type RunEnd, type RunName } from "../../shared/outcomes.ts";
import type { Address } from "../wire/address.ts";
import type { Deadline } from "../wire/deadline.ts";
import { CommandFailure } from "./command-failure.ts";
import { EXIT_CODE_OF } from "./exit-codes.ts";

/** A process for one call. */
export interface OwnProcess {
  address: Address;
  /**
   * Ends the process, whatever its task has left open, and resolves when it is gone: to the given exit code, unless
   * after a success the process itself ended with another.
   */
  end: (exitCode: number) => Promise<number>;
  /** The process's own exit code, after a short wait; undefined if it still runs or a signal has ended it. */
  ownExitCode: () => Promise<number | undefined>;
}

const BECAME = "the task was ended with its process";
const ENDED: RunEnd = { state: "stopped", became: BECAME };

/** The task, or its module, has ended its process, with an exit code that may be 0. */
export class EndedItself extends CommandFailure {}

/**
 * The failure of a call with a separate process. If the task still ran, the process is ended first, so that the message
 * is true. If the task has ended the process, the process's exit code counts.
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

/**
 * Rewords the agent's message, which says that the task still runs. An expression may have exceeded a limit instead.
 */
function endedAfter({ code, message, text }: RpcError, { run, task }: RunName): RpcError {
  const details = { run, state: "stopped", ...(text !== undefined && { text }) } as const;
  return new RpcError(code, code === "TIMEOUT" ? gaveUpWith(message, task, BECAME) : message, details);
}

function endedItself(task: string, exitCode: number): EndedItself {
  return new EndedItself(`"${task}" ended its process with exit ${exitCode}, and did not return`, exitCode);
}
