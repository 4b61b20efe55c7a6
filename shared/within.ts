// Waits for a promise for a limited time.
import { MAX_DURATION_MS } from "./duration.ts";

interface Wait {
  /** False: the wait alone does not keep the process alive. Default: true. */
  keepsAlive?: boolean;
}

/** A wait, and what happens when it takes too long. */
interface Limited<Late> extends Wait {
  /** Called when the time is over. The wait resolves to its result, or rejects with what it throws. */
  late: () => Late;
}

/** Resolves or rejects as the promise does, if that happens within the time; a later result is ignored. */
export function within<Value>(ms: number, promise: Promise<Value>, wait?: Wait): Promise<Value | undefined>;
/** The same, but a late wait has the outcome of `late`. */
export function within<Value, Late>(ms: number, promise: Promise<Value>, wait: Limited<Late>): Promise<Value | Late>;
export function within(
  ms: number,
  promise: Promise<unknown>,
  { keepsAlive = true, late }: Partial<Limited<unknown>> = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Called in `then`, so that the wait rejects with what `late` throws.
    const giveUp = () => resolve(Promise.resolve().then(late));
    const timer = setTimeout(giveUp, Math.min(ms, MAX_DURATION_MS));
    if (!keepsAlive) timer.unref();
    const stop = () => clearTimeout(timer);
    promise.then(resolve, reject).then(stop, stop);
  });
}

/** True when the promise is fulfilled or rejected within the time. Never rejects. */
export function endsWithin(ms: number, promise: Promise<unknown>, wait?: Wait): Promise<boolean> {
  const ended = promise.then(
    () => true,
    () => true,
  );
  return within(ms, ended, { ...wait, late: () => false });
}
