// How much memory the process has, also at a moment when it is out of descriptors: then an operator looks, and Linux tells of
// memory through a file.
import { openSync, readSync } from "node:fs";

/** Opens what has to be open; the function that it returns gives the bytes of resident memory. */
export function openResidentMemory(): () => number {
  const file = openStatm();
  const pageBytes = file === undefined ? 0 : nearestPowerOfTwo(process.memoryUsage.rss() / readPages(file));
  return () => (file === undefined ? process.memoryUsage.rss() : readPages(file) * pageBytes);
}

/** Undefined where there is no such file: those systems tell without one. */
function openStatm(): number | undefined {
  try {
    return openSync("/proc/self/statm", "r");
  } catch {
    return undefined; // or it may not be read: Node's own way remains
  }
}

/** "16804 11382 …": all that is mapped, and what is resident, in pages. */
function readPages(file: number): number {
  const text = Buffer.alloc(128);
  const length = readSync(file, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[1]);
}

/** Node does not tell how large a page is. */
function nearestPowerOfTwo(value: number): number {
  return 2 ** Math.round(Math.log2(value));
}
