// Reads the main thread's heartbeat (../../instance/heartbeat.ts writes it), so that the gateway knows at any moment for how long the
// event loop has not turned, without asking it.
import { monotonicMs } from "../../../shared/boot-clock.ts";

/** How often the main thread beats, in milliseconds. */
export const BEAT_INTERVAL_MS = 100;

/** Index in the Float64Array: when the last beat was, on {@link monotonicMs}. */
export const LAST_BEAT = 0;
/** Index in the Float64Array: how late that beat came, in milliseconds. */
export const LATENESS = 1;

export { monotonicMs };

/** Milliseconds since the moment in the cell, which holds {@link monotonicMs} modulo 2^32. */
export function msSince(cells: Int32Array, cell: number): number {
  return Math.max(0, ((monotonicMs() | 0) - Atomics.load(cells, cell)) | 0);
}

/** The main thread's pulse, seen from the gateway. */
export class Pulse {
  readonly #beats: Float64Array;

  constructor(heartbeat: SharedArrayBuffer) {
    this.#beats = new Float64Array(heartbeat);
  }

  /** How long the event loop has not turned beyond the time between two beats; 0 when it turns. */
  get stalledMs(): number {
    const since = monotonicMs() - (this.#beats[LAST_BEAT] ?? 0);
    return Math.max(0, Math.round(since - BEAT_INTERVAL_MS));
  }

  /** How late the last beat came, or how late the next one already is. */
  get loopDelayMs(): number {
    return Math.max(this.stalledMs, Math.round(this.#beats[LATENESS] ?? 0));
  }
}
