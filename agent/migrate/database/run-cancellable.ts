// Runs the work of a session, and stops it in the database when the run is cancelled.
import { setTimeout as delay } from "node:timers/promises";

const CANCEL_EVERY_MS = 100;
/** After this time a cancelled migration's connections are ended; soon afterwards its code is no longer waited for. */
const CANCEL_GRACE_MS = 5000;
const GIVE_UP_MS = 1000;

/** When the work is to stop, and how. */
export interface Cancelling {
  readonly signal: AbortSignal;
  /** Aborted when the migration lock is lost. */
  readonly lockLost: AbortSignal | undefined;
  /** Cancels the running statements in the database, or ends the connections. Never rejects. */
  readonly stop: (how: "cancel" | "terminate") => Promise<void>;
}

/** @throws what the work throws; the signal's reason if the work has not stopped although its connections were ended. */
export async function runCancellable<Result>(
  work: () => Promise<Result>,
  { signal, lockLost, stop }: Cancelling,
): Promise<Result> {
  let settled = false;
  let stopListening = (): void => {};
  const cancel = async (): Promise<void> => {
    const started = performance.now();
    while (!settled && performance.now() - started < CANCEL_GRACE_MS + GIVE_UP_MS) {
      // Repeated, because a cancellation that arrives between two statements is lost. Without the lock nothing may
      // continue, not even a clean-up.
      const terminate = lockLost?.aborted === true || performance.now() - started > CANCEL_GRACE_MS;
      await stop(terminate ? "terminate" : "cancel");
      await delay(CANCEL_EVERY_MS);
    }
  };
  const gaveUp = new Promise<never>((_, reject) => {
    // A DOMException or any other reason of the signal: passed on unchanged.
    const onAbort = (): void => void cancel().then(() => reject(signal.reason as Error));
    signal.addEventListener("abort", onAbort, { once: true });
    stopListening = () => signal.removeEventListener("abort", onAbort);
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), gaveUp]);
  } finally {
    settled = true;
    stopListening();
  }
}
