// Gives back the memory of messages that were dropped. V8 collects when its own heap grows, or when much has been allocated
// outside of it; a gateway that is idle after a flood does neither, and would keep what the flood has left.

/** With so much dropped it is time to collect. */
const COLLECT_BYTES = 8 * 1024 * 1024;

/** An allocation of this size has V8 collect soon. Its pages are never touched, and so take no memory. */
const NUDGE_BYTES = 128 * 1024 * 1024;

let bytes = 0;

/** Counts what was dropped, and has it collected when it is much. */
export function countDropped(dropped: number): void {
  bytes += dropped;
  if (bytes < COLLECT_BYTES) return;
  bytes = 0;
  try {
    new ArrayBuffer(NUDGE_BYTES);
  } catch {
    // The process may map no more: then V8 collects by itself.
  }
}
