// Reads when a process began. That identifies the process, because the system soon gives its id to another.
import { readFileSync } from "node:fs";

/** The index, among the fields after the name, of the process's start time. */
const START = 19;

/** The fields after the name in Linux's /proc/<pid>/stat; undefined if it cannot be read. */
export function processFields(pid: number | "self"): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name comes first, in parentheses, and may contain parentheses itself.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // another system, or a process that is gone
  }
}

/** When the process began, in clock ticks since the system's boot. Changing the clock does not affect it. */
export function processStart(pid: number | "self"): string | undefined {
  return processFields(pid)?.[START];
}
