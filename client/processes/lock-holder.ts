// Reads a lock's file, and releases the lock. The code that takes a lock is in another file (process-lock.ts), because
// it would cost the app's supervisor memory.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { processStart } from "../../shared/process-start.ts";

/** The process that holds the lock, and the outcome of its work. */
export interface Holder {
  pid: number;
  /** When the process began; left out if the system does not tell. */
  start?: string | undefined;
  /** Left out while the process works. */
  outcome?: string;
}

/** Releases the lock, if this process holds it; `outcome` is for processes that wait for it. */
export function giveBack(file: string, outcome?: string): void {
  try {
    const holder = readHolder(file);
    if (holder?.pid !== process.pid || holder.start !== processStart("self")) return;
    // The text only grows. A waiting process has the file open, and reads it when its name is gone.
    if (outcome !== undefined) writeFileSync(file, JSON.stringify({ ...holder, outcome }));
    unlinkSync(file);
  } catch {
    // The end of this process releases the lock.
  }
}

/** The content of the file, or of the open file; undefined if there is none. */
export function readHolder(file: string | number): Holder | undefined {
  try {
    // Written by this program; no other program writes in the directory.
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // it does not exist, or a full disk has cut it
  }
}
