// Waits for the end of a process that is not our child, and therefore ends without telling us.
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../../shared/has-code.ts";

const LOOK_EVERY_MS = 20;

/** A parent that waits for its child has done so within this time; others, as many a container's first process, never do. */
const WAITED_FOR_MS = 1000;

/**
 * Resolves to whether the process is gone within the time. A parent that waits for its end is left the time to do so.
 *
 * @throws the signal's reason.
 */
export async function goneWithin(pid: number, ms: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + ms;
  let enough = deadline;
  for (;;) {
    const state = stateOf(pid);
    if (state === "gone") return true;
    const now = performance.now();
    if (state === "ended") enough = Math.min(enough, now + WAITED_FOR_MS);
    if (now >= enough) return state === "ended";
    await sleep(LOOK_EVERY_MS);
    signal.throwIfAborted();
  }
}

/** `ended`: it does nothing any more, and has only not been waited for by its parent. */
function stateOf(pid: number): "runs" | "ended" | "gone" {
  try {
    process.kill(pid, 0);
    return hasEnded(pid) ? "ended" : "runs";
  } catch (error) {
    return hasCode(error, "ESRCH") ? "gone" : "runs";
  }
}

/** What Linux tells of a process that still has an id; false elsewhere. */
function hasEnded(pid: number): boolean {
  try {
    // A /proc of another pid namespace speaks of another process.
    if (readlinkSync("/proc/self") !== String(process.pid)) return false;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Its name comes before, in parentheses, and may hold some itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // While other threads of it end it still has its ports.
    return (fields[0] === "Z" || fields[0] === "X") && Number(fields[THREADS]) <= 1;
  } catch {
    return false; // another system, or it has gone in this very moment: the next look tells
  }
}

/** Which of the fields behind the name says how many threads there are. */
const THREADS = 17;
