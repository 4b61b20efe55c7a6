// How much memory a process has.
import { existsSync, readFileSync } from "node:fs";

/** What is resident of it, in MiB; 0 on macOS, which says nothing of the kind. */
export function residentMiB(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync("/proc/self/status")) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1]) / 1024;
}
