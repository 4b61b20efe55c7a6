// What a lock's file says, and how it is given back: apart from how it is taken (process-lock.ts), which would cost the program that stands
// beside the app memory.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { processStart } from "../../shared/process-start.ts";

/** Who holds it, and what came of its work. */
export interface Holder {
  pid: number;
  /** When the process began; left out where the system does not tell. */
  start?: string | undefined;
  /** Left out while it works. */
  outcome?: string;
}

/** Gives the lock back, if this process has it; `outcome` is what those hear who wait for it. */
export function giveBack(file: string, outcome?: string): void {
  try {
    const holder = readHolder(file);
    if (holder?.pid !== process.pid || holder.start !== processStart("self")) return;
    // Of the same length and more: who waits has the file open, and reads it when its name is gone.
    if (outcome !== undefined) writeFileSync(file, JSON.stringify({ ...holder, outcome }));
    unlinkSync(file);
  } catch {
    // The end of this process gives it back.
  }
}

/** What the file, or the open file, says; undefined where it says nothing. */
export function readHolder(file: string | number): Holder | undefined {
  try {
    // Written by this program: nobody else writes in the directory.
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // there is none, or a full disk has cut it
  }
}
