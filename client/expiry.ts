// Says until when a call may begin: an agent that was suspended must not begin a call that its caller has given up.
import { clockName, monotonicMs } from "../shared/boot-clock.ts";
import type { Expiry } from "../shared/messages/run-messages.ts";
import type { Deadline } from "./wire/deadline.ts";

/** The parameters that say so. None without a deadline, or without a clock that the agent could have, too. */
export function expiryOf({ leftMs }: Pick<Deadline, "leftMs">): { timeoutMs?: number; expiry?: Expiry } {
  if (leftMs === undefined) return {};
  const clock = clockName();
  return { timeoutMs: leftMs, ...(clock !== undefined && { expiry: { clock, atMs: monotonicMs() + leftMs } }) };
}
