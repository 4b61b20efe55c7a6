// Ctrl-C while a task runs: the first cancels it and waits for it to stop, the second leaves it running and says its id.
import type { CancelResult } from "../../shared/protocol.ts";
import type { Address } from "../discover.ts";
import { request } from "../request.ts";
import type { Sink } from "./streams.ts";

/** The run that is interrupted. */
export interface Interruptible {
  run: string;
  task: string;
  address: Address;
}

/** Longer than any task should take to stop; the run's own answer comes first. */
const CANCEL_WAIT_MS = 600_000;

/** Listens for Ctrl-C until `stop`; `promise` resolves to the exit code when the run is left running. */
export function onInterrupt(
  { run, task, address }: Interruptible,
  stderr: Sink,
): { promise: Promise<number>; stop: () => void } {
  let listener: () => void = () => {};
  const promise = new Promise<number>((resolve) => {
    let interrupts = 0;
    listener = () => {
      interrupts++;
      if (interrupts > 1) {
        stderr.write(`\nLeft "${task}" running as run ${run}\n`);
        return resolve(130);
      }
      stderr.write(`\nCancelling "${task}" (Ctrl-C again leaves it running)\n`);
      // What became of the run is the answer to the call itself, which is still awaited.
      request<CancelResult>(address, {
        method: "cancel",
        params: { run, waitMs: CANCEL_WAIT_MS },
        answerWithinMs: null,
      }).catch((error: unknown) => stderr.write(`${error instanceof Error ? error.message : String(error)}\n`));
    };
    process.on("SIGINT", listener);
  });
  return { promise, stop: () => process.off("SIGINT", listener) };
}
