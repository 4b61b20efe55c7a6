// Where the main thread writes its heartbeat, and the gateway reads it: a Float64Array in shared memory.

/** How often the main thread beats, in milliseconds. */
export const BEAT_INTERVAL_MS = 100;

/** Index in the array: the time of the last beat, on `monotonicMs` (shared/boot-clock.ts). */
export const LAST_BEAT = 0;
/** Index in the array: how late that beat was, in milliseconds. */
export const LATENESS = 1;
