// Reads the main thread's heartbeat, which ../../instance/heartbeat.ts writes. With it the gateway knows how long the
// event loop has not turned, without asking it.
import { monotonicMs } from "../../../shared/boot-clock.ts";
import { BEAT_INTERVAL_MS, LAST_BEAT, LATENESS } from "../../border/heartbeat-cells.ts";

/** Milliseconds since the time in the cell, which holds {@link monotonicMs} modulo 2^32. */
export function msSince(cells: Int32Array, cell: number): number {
  return Math.max(0, ((monotonicMs() | 0) - Atomics.load(cells, cell)) | 0);
}

/** The main thread's pulse, seen from the gateway. */
export class Pulse {
  readonly #beats: Float64Array;

  constructor(heartbeat: SharedArrayBuffer) {
    this.#beats = new Float64Array(heartbeat);
  }

  /** How long the event loop has not turned, beyond the interval between two beats; 0 while it turns. */
  get stalledMs(): number {
    const since = monotonicMs() - (this.#beats[LAST_BEAT] ?? 0);
    return Math.max(0, Math.round(since - BEAT_INTERVAL_MS));
  }

  /** How late the last beat was, or how late the next one already is. */
  get loopDelayMs(): number {
    return Math.max(this.stalledMs, Math.round(this.#beats[LATENESS] ?? 0));
  }
}
