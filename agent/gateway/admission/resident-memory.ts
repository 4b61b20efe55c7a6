// Reads how much memory the process uses. This works even when the process is out of file descriptors, when an operator
// most needs it: on Linux the number comes from a file, which is opened in advance.
import { openSync, readSync } from "node:fs";

/** Opens what must be open in advance. The returned function gives the bytes of resident memory. */
export function openResidentMemory(): () => number {
  const file = openStatm();
  const pageBytes = file === undefined ? 0 : nearestPowerOfTwo(process.memoryUsage.rss() / readPages(file));
  return () => (file === undefined ? process.memoryUsage.rss() : readPages(file) * pageBytes);
}

/** Undefined on systems without this file, which report memory without one. */
function openStatm(): number | undefined {
  try {
    return openSync("/proc/self/statm", "r");
  } catch {
    return undefined; // the file may not be read: Node's own function remains
  }
}

/** "16804 11382 …": mapped and resident memory, in pages. */
function readPages(file: number): number {
  const text = Buffer.alloc(128);
  const length = readSync(file, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[1]);
}

/** Node does not report the page size, so it is estimated. */
function nearestPowerOfTwo(value: number): number {
  return 2 ** Math.round(Math.log2(value));
}
