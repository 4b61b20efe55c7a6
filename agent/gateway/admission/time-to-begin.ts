// Computes how long a call may still wait to begin, from its deadline and the moment at which its caller gives up. A
// process that was suspended later reads calls whose callers are long gone.
import { clockName, monotonicMs } from "../../../shared/boot-clock.ts";
import { timedOut, type RunName } from "../../../shared/outcomes.ts";
import type { CallParams } from "../../../shared/messages/run-messages.ts";

/**
 * The time in milliseconds; undefined when there is no deadline.
 *
 * @throws RpcError TIMEOUT, state not-started, when the caller has already given up.
 */
export function timeToBegin(
  run: RunName,
  { timeoutMs, expiry }: Pick<CallParams, "timeoutMs" | "expiry">,
): number | undefined {
  if (timeoutMs === undefined) return undefined;
  // A time on another clock, such as another machine's, means nothing here.
  if (expiry === undefined || expiry.clock !== clockName()) return timeoutMs;
  const leftMs = expiry.atMs - monotonicMs();
  if (leftMs <= 0) throw timedOut(run, timeoutMs, { state: "not-started" });
  return Math.min(leftMs, timeoutMs);
}
