// How long the main thread waits before it starts the gateway again.

/** Before a new start of one that has listened: at once, then slower, always within a second. */
const AFTER_FAILURE_MS = [50, 200, 900];

/** Before a new start of one that could not listen: a thread costs the app more than a look at the path. */
const AFTER_REFUSAL_MS = { first: 900, most: 30_000 };

/** `failures`: gateways that had ended before this one; `refused`: starts since one has listened. */
export function restartDelayMs(failures: number, refused: number): number {
  const { first, most } = AFTER_REFUSAL_MS;
  if (refused > 0) return Math.min(first * 2 ** (refused - 1), most);
  return AFTER_FAILURE_MS[Math.min(failures, AFTER_FAILURE_MS.length - 1)] ?? first;
}
