// Ctrl-C while a task runs: the first cancels it and waits for it to stop, the second leaves it running and says its id, or
// ends it with the process that it has to itself.
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { Address } from "../wire/address.ts";
import { cancelUntilKnown } from "../wire/cancel-until-known.ts";
import { Deadline } from "../wire/deadline.ts";
import { INTERRUPT_WAIT_MS } from "../wire/limits.ts";
import { request } from "../wire/request.ts";

/** The run that is interrupted. */
export interface Interruptible {
  run: string;
  task: string;
  address: Address;
  /** Whoever gives up on it ends its process. */
  endsWithUs: boolean;
}

/** What Ctrl-C does while a run is awaited. */
export interface Interrupts {
  /** Fires when the run is given up, and still runs: whoever awaits it gives up with the signal's reason. */
  readonly left: AbortSignal;
  /** The run has ended: Ctrl-C ends the process again. */
  stop(): void;
}

/** Listens for Ctrl-C until `stop`; what there is to say goes to `tell`. */
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

/** What became of the run is the answer to the call itself, which is still awaited: this one's is not needed. */
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
