// Output that is still on its way when the process ends: `process.exit()` in a task of `eval` would end the gateway's thread with
// it. The gateway goes on while the main thread waits here, and its credit in shared memory tells how far it has come.

/** A way out to a connection. */
export interface Outgoing {
  /** Sends what there is credit for; the characters that have not left the process. */
  sendMore(): number;
}

/** A reader that takes nothing for so long is given up. */
const STUCK_MS = 10_000;
const LOOK_EVERY_MS = 2;

const all = new Set<Outgoing>();
const never = new Int32Array(new SharedArrayBuffer(4));

/** From now on its output is flushed, too, until the returned function is called. */
export function flushAtExit(outgoing: Outgoing): () => void {
  all.add(outgoing);
  return () => all.delete(outgoing);
}

/** Blocks this thread until all output has left the process, or its reader takes no more of it. */
export function flushOutput(): void {
  let before = Infinity;
  for (let since = performance.now(); performance.now() - since < STUCK_MS; Atomics.wait(never, 0, 0, LOOK_EVERY_MS)) {
    const left = [...all].reduce((sum, outgoing) => sum + outgoing.sendMore(), 0);
    if (left === 0) return;
    if (left !== before) since = performance.now();
    before = left;
  }
}
