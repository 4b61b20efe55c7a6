// Sends everything that is written to a stream in one tick with one system call. With many messages in flight, a system
// call for each would cost more than all the rest.
import type { Writable } from "node:stream";

/** Delays the stream's writes until the end of this tick. */
export function gatherWrites(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
