// Cancels a run whose call is under way. The cancel may overtake the call, and the agent then does not know the run
// yet.
import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "../../shared/errors.ts";
import { CANCEL_RETRY_MS } from "./limits.ts";

/**
 * Sends the cancel again while the run is unknown, until it is known or its call has ended.
 *
 * @throws what `cancel` threw last, unless the call has ended.
 */
export async function cancelUntilKnown(cancel: () => Promise<unknown>, hasEnded: () => boolean): Promise<void> {
  while (!hasEnded()) {
    try {
      await cancel();
      return;
    } catch (error) {
      if (hasEnded()) return;
      if (!(error instanceof RpcError) || error.code !== "UNKNOWN_RUN") throw error;
    }
    await sleep(CANCEL_RETRY_MS);
  }
}
