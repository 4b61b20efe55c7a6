// Ends a child process when this process ends in any way. A hook must not run beside that of the next start, and a task
// of `eval` must not run without a caller. SIGKILL leaves no time for a last action, so a shell of a few hundred
// kilobytes waits for the end of a pipe that this process holds.
import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** A line means that all is over. If the pipe ends without one, this process is gone. */
const WATCH = 'read -r line || { sleep "$2"; kill -9 "-$1" 2>/dev/null; }';

/**
 * Kills the process group with SIGKILL `graceS` seconds after the end of this process, unless the returned function was
 * called before. Without a shell it does nothing.
 */
export function killWhenOrphaned(group: number | undefined, graceS = 0): () => void {
  if (group === undefined) return () => {}; // it never started
  const watcher = spawn("sh", ["-c", WATCH, "sh", String(group), String(graceS)], {
    // In a separate process group: Ctrl-C in the terminal must not end it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.on("error", () => {});
  watcher.unref();
  const { stdin } = watcher;
  stdin?.on("error", () => {});
  if (stdin instanceof Socket) stdin.unref(); // as every pipe of Node's is
  return () => void stdin?.end("\n");
}
