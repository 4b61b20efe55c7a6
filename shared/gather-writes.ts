// What is written to a stream in one tick leaves in one system call: with many messages in flight a call for each would
// cost more than all else.
import type { Writable } from "node:stream";

/** Holds the stream's writes back until the end of this tick. */
export function gatherWrites(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
