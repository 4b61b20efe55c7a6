// Handles Ctrl-C while a task runs. The first one cancels the task and waits for it to stop. The second one leaves it
// running and prints its id, or ends the process if the task has one to itself.
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { Address } from "../wire/address.ts";
import { cancelUntilKnown } from "../wire/cancel-until-known.ts";
import { Deadline } from "../wire/deadline.ts";
import { INTERRUPT_WAIT_MS } from "../wire/limits.ts";
import { request } from "../wire/request.ts";

/** The run that Ctrl-C interrupts. */
export interface Interruptible {
  run: string;
  task: string;
  address: Address;
  /** True if giving up on the run ends its process. */
  endsWithUs: boolean;
}

/** What Ctrl-C does while the command waits for a run. */
export interface Interrupts {
  /** Fires when the run is given up but still runs. The wait for it then ends with the signal's reason. */
  readonly left: AbortSignal;
  /** Called when the run has ended: Ctrl-C ends the process again. */
  stop(): void;
}

/** Listens for Ctrl-C until `stop`; messages go to `tell`. */
export function onInterrupt(target: Interruptible, tell: (sentence: string) => void): Interrupts {
  const abandon = new AbortController();
  let interrupts = 0;
  const listener = () => {
    interrupts++;
    if (interrupts > 1) return abandon.abort(leftRunning(target));
    tell(`Cancelling "${target.task}" (Ctrl-C again ${target.endsWithUs ? "ends its process" : "leaves it running"})`);
    cancel(target, abandon.signal).catch((error: unknown) => tell(messageOf(error)));
  };
  process.on("SIGINT", listener);
  const stop = () => {
    process.off("SIGINT", listener);
    // A cancel that still waits would keep the process alive.
    abandon.abort(new RpcError("CANCELLED", "the run has ended"));
  };
  return { left: abandon.signal, stop };
}

/** The answer to the call itself says how the run ended, so the answer to the cancel is not needed. */
async function cancel({ run, address }: Interruptible, signal: AbortSignal): Promise<void> {
  const params = { run, waitMs: INTERRUPT_WAIT_MS };
  await cancelUntilKnown(
    () => request(address, { method: "cancel", params, deadline: new Deadline(), signal }),
    () => signal.aborted,
  );
}

function leftRunning({ run, task }: Interruptible): RpcError {
  return new RpcError("CANCELLED", `Left "${task}" running as run ${run}`, { run, state: "running" });
}
