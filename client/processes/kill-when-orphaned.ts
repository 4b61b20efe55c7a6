// Ends what we have started when we end, however that happens: a hook must not go on beside the one of the next start, and a
// task of `eval` not without anybody who hears of it. SIGKILL leaves us no last word, so a shell of a few hundred kilobytes
// waits for the end of a pipe that we hold.
import { spawn } from "node:child_process";
import type { Socket } from "node:net";

/** A line says that all is over; the pipe's end without one, that we are gone. */
const WATCH = 'read -r line || { sleep "$2"; kill -9 "-$1" 2>/dev/null; }';

/**
 * Has the process group ended by SIGKILL `graceS` seconds after the end of this process, unless the returned function was called
 * before. Where there is no shell nothing of this happens.
 */
export function killWhenOrphaned(group: number | undefined, graceS = 0): () => void {
  if (group === undefined) return () => {}; // it never was
  const watcher = spawn("sh", ["-c", WATCH, "sh", String(group), String(graceS)], {
    // In a group of its own: Ctrl-C in the terminal is not for it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.on("error", () => {});
  watcher.unref();
  const { stdin } = watcher;
  // A pipe is a socket of Node's.
  (stdin as Socket | null)?.on("error", () => {}).unref();
  return () => void stdin?.end("\n");
}
