// How long the main thread waits before it starts the gateway again.

/** Delays after a gateway that had listened: short at first, then longer, always within a second. */
const AFTER_FAILURE_MS = [50, 200, 900];

/** Delays after a gateway that could not listen: starting a thread costs the app more than checking the path. */
const AFTER_REFUSAL_MS = { first: 900, most: 30_000 };

/** `failures`: gateways that ended before this one. `refused`: starts since one last listened. */
export function restartDelayMs(failures: number, refused: number): number {
  const { first, most } = AFTER_REFUSAL_MS;
  if (refused > 0) return Math.min(first * 2 ** (refused - 1), most);
  return AFTER_FAILURE_MS[Math.min(failures, AFTER_FAILURE_MS.length - 1)] ?? first;
}
