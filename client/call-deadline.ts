// The deadline of one call of the library. Steps before the call is sent end with the deadline or the signal; the task
// has then not started.
import { checkTime } from "../shared/check-time.ts";
import { RpcError } from "../shared/errors.ts";
import { cancelled, timedOut, type RunName } from "../shared/outcomes.ts";
import type { CallOptions } from "./client.ts";
import { Deadline } from "./wire/deadline.ts";

/**
 * The earlier of the two that the options can name; without one, the client's own. @throws RpcError BAD_ARGUMENTS when
 * one is invalid.
 */
export function deadlineOf(
  { run, task }: RunName,
  { timeoutMs, deadline }: CallOptions,
  defaultMs: number | undefined,
): Deadline {
  const details = { run, state: "not-started" } as const;
  checkTime(timeoutMs, details);
  if (deadline === undefined) return new Deadline(timeoutMs ?? defaultMs);
  const at = deadline instanceof Date ? deadline.getTime() : NaN;
  if (Number.isNaN(at))
    throw new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": its deadline is not a valid Date`, details);
  return new Deadline(Math.max(0, Math.min(at - Date.now(), timeoutMs ?? Infinity)));
}

/** What ends a call. */
export interface Ending {
  deadline: Deadline;
  signal: AbortSignal | undefined;
}

/** @throws RpcError TIMEOUT or CANCELLED, state not-started, when the deadline has passed or the signal has fired. */
export function checkNotOver(name: RunName, { deadline, signal }: Ending): void {
  if (signal?.aborted) throw cancelled(name, { state: "not-started" });
  if (deadline.hasPassed) throw timedOut(name, deadline.timeoutMs ?? 0, { state: "not-started" });
}

/**
 * Waits for a step before the call is sent. @throws what the step throws, and as {@link checkNotOver} when it takes too
 * long.
 */
export async function beforeSent<Value>(name: RunName, ending: Ending, step: Promise<Value>): Promise<Value> {
  const { deadline, signal } = ending;
  if (deadline.leftMs === undefined && !signal) return step;
  let timer: NodeJS.Timeout | undefined;
  let end = () => {};
  const over = new Promise<never>((_resolve, reject) => {
    const late = () => reject(timedOut(name, deadline.timeoutMs ?? 0, { state: "not-started" }));
    end = () => reject(cancelled(name, { state: "not-started" }));
    if (deadline.leftMs !== undefined) timer = setTimeout(late, deadline.leftMs);
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
  });
  try {
    return await Promise.race([step, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
