// A call that has a process to itself, as in `eval`: whatever its task makes of a signal, it ends with that process.
import { RpcError } from "../../shared/errors.ts";
import { cancelled, timedOut, type RunEnd, type RunName } from "../../shared/outcomes.ts";
import type { Address } from "../address.ts";

/** A process that is there for one call. */
export interface OwnProcess {
  address: Address;
  /** Ends it, whatever its task has left open, and resolves when it is gone. */
  end: () => Promise<void>;
}

const ENDED: RunEnd = { state: "stopped", became: "the task was ended with its process" };

/** The failure of a call whose task still ran: its process is ended first, so that what is then said is true. */
export async function endedWithProcess(
  process: OwnProcess,
  error: unknown,
  { run, task, timeoutMs }: RunName & { timeoutMs: number | undefined },
): Promise<unknown> {
  if (!(error instanceof RpcError) || error.state !== "running") return error;
  await process.end();
  if (error.code === "TIMEOUT" && timeoutMs !== undefined) return timedOut({ run, task }, timeoutMs, ENDED);
  return error.code === "CANCELLED" ? cancelled({ run, task }, ENDED) : error;
}
