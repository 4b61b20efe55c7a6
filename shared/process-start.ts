// By what a process is known again: its id is soon another's, the moment at which it began is not.
import { readFileSync } from "node:fs";

/** Which of the fields behind the name says when the process began. */
const START = 19;

/** What Linux tells of a process in /proc/<pid>/stat behind its name; undefined where it tells nothing. */
export function processFields(pid: number | "self"): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Its name comes before, in parentheses, and may hold some itself.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // another system, or a process that is gone
  }
}

/** When the process began, in clock ticks from the system's boot: no change of the clock touches that. */
export function processStart(pid: number | "self"): string | undefined {
  return processFields(pid)?.[START];
}
