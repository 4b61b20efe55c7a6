// Records ten times a second that the main thread's event loop turns. The gateway reads it
// (gateway/admission/pulse.ts).
import { BEAT_INTERVAL_MS, LAST_BEAT, LATENESS } from "../border/heartbeat-cells.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";

/** A running heartbeat: the memory that it writes to, and how to stop it. */
export interface Heartbeat {
  readonly memory: SharedArrayBuffer;
  stop(): void;
}

/** Starts the heartbeat. The timer does not keep the process alive. */
export function startHeartbeat(): Heartbeat {
  const memory = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  const beats = new Float64Array(memory);
  beats[LAST_BEAT] = monotonicMs();
  const timer = setInterval(() => beat(beats), BEAT_INTERVAL_MS).unref();
  return { memory, stop: () => clearInterval(timer) };
}

function beat(beats: Float64Array): void {
  const now = monotonicMs();
  beats[LATENESS] = Math.max(0, now - (beats[LAST_BEAT] ?? now) - BEAT_INTERVAL_MS);
  beats[LAST_BEAT] = now;
}
