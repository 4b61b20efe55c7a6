// How long a call may still wait to begin: its deadline, and the moment at which its caller gives it up. A process that was
// suspended reads calls when it goes on whose callers are long gone.
import { clockName, monotonicMs } from "../../../shared/boot-clock.ts";
import { timedOut, type RunName } from "../../../shared/outcomes.ts";
import type { CallParams } from "../../../shared/messages/run-messages.ts";

/**
 * In milliseconds; undefined where there is no deadline.
 *
 * @throws RpcError TIMEOUT, state not-started, when the caller has given it up already.
 */
export function timeToBegin(
  run: RunName,
  { timeoutMs, expiry }: Pick<CallParams, "timeoutMs" | "expiry">,
): number | undefined {
  if (timeoutMs === undefined) return undefined;
  // Another clock says nothing here, as that of another machine.
  if (expiry === undefined || expiry.clock !== clockName()) return timeoutMs;
  const leftMs = expiry.atMs - monotonicMs();
  if (leftMs <= 0) throw timedOut(run, timeoutMs, { state: "not-started" });
  return Math.min(leftMs, timeoutMs);
}
