// Frees the memory of messages that were dropped. V8 collects garbage when its own heap grows, or after large
// allocations outside of it. A gateway that is idle after a flood does neither, and would keep the memory.

/** After this much was dropped, a collection is requested. */
const COLLECT_BYTES = 8 * 1024 * 1024;

/** An allocation of this size makes V8 collect soon. Its pages are never touched, so they take no memory. */
const NUDGE_BYTES = 128 * 1024 * 1024;

let bytes = 0;

/** Counts dropped bytes, and requests a collection when there are many. */
export function countDropped(dropped: number): void {
  bytes += dropped;
  if (bytes < COLLECT_BYTES) return;
  bytes = 0;
  try {
    new ArrayBuffer(NUDGE_BYTES);
  } catch {
    // The process may not map more memory: V8 then collects without this.
  }
}
