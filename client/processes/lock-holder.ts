// Reads a lock's file, and releases the lock. The code that takes a lock is in another file (process-lock.ts), because
// it would cost the app's supervisor memory.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { fits, object, optional, text } from "../../shared/messages/shape.ts";
import { processStart } from "../../shared/process-start.ts";
import { processId } from "./known-process.ts";

/** The process that holds the lock, and the outcome of its work. */
export interface Holder {
  pid: number;
  /** When the process began; left out if the system does not tell. */
  start?: string | undefined;
  /** Left out while the process works. */
  outcome?: string;
}

/** The shape of a holder. */
export const HOLDER = object<Holder>({ pid: processId, start: optional(text), outcome: optional(text) });

/** Releases the lock, if this process holds it; `outcome` is for processes that wait for it. */
export function giveBack(file: string, outcome?: string): void {
  try {
    const held = readHolder(file);
    if (held?.pid !== process.pid || held.start !== processStart("self")) return;
    // The text only grows. A waiting process has the file open, and reads it when its name is gone.
    if (outcome !== undefined) writeFileSync(file, JSON.stringify({ ...held, outcome }));
    unlinkSync(file);
  } catch {
    // The end of this process releases the lock.
  }
}

/** The content of the file, or of the open file; undefined if there is none. */
export function readHolder(file: string | number): Holder | undefined {
  try {
    // Written by this program; no other program writes in the directory.
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    return fits(HOLDER, found) ? found : undefined;
  } catch {
    return undefined; // it does not exist, or a full disk has cut it
  }
}
