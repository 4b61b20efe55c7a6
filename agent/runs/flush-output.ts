// Flushes output when the process ends: `process.exit()` in a task of `eval` would also end the gateway's thread. The
// main thread waits here while the gateway continues. The gateway's credit in shared memory shows its progress.

/** Sends output to a connection. */
export interface Outgoing {
  /** Sends as much as the credit allows. Returns the number of characters that have not left the process. */
  sendMore(): number;
}

/** A reader that takes nothing for this long is given up. */
const STUCK_MS = 10_000;
const LOOK_EVERY_MS = 2;

const all = new Set<Outgoing>();
const never = new Int32Array(new SharedArrayBuffer(4));

/** Flushes this output, too, when the process exits, until the returned function is called. */
export function flushAtExit(outgoing: Outgoing): () => void {
  all.add(outgoing);
  return () => all.delete(outgoing);
}

/** Blocks this thread until all output has left the process, or until the reader has stopped reading. */
export function flushOutput(): void {
  let before = Infinity;
  for (let since = performance.now(); performance.now() - since < STUCK_MS; Atomics.wait(never, 0, 0, LOOK_EVERY_MS)) {
    const left = [...all].reduce((sum, outgoing) => sum + outgoing.sendMore(), 0);
    if (left === 0) return;
    if (left !== before) since = performance.now();
    before = left;
  }
}
