// Measures how much memory a process has.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { NODE } from "../../end-to-end/processes.ts";

/** Its resident memory in MiB; 0 on macOS, which does not report it. */
export function residentMiB(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync("/proc/self/status")) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1]) / 1024;
}

const AIM_MIB = 45;

/**
 * The limit of a supervisor: 45 MiB, or 1.5 MiB more than a script that only spawns a child, if that alone is near the
 * limit.
 */
export async function supervisorLimitMiB(): Promise<number> {
  const bare = spawn(NODE, ["-e", 'require("node:child_process").spawn("sleep", ["10"])'], { detached: true });
  await sleep(700);
  const bareMiB = residentMiB(bare.pid ?? 0);
  if (bare.pid !== undefined) process.kill(-bare.pid, "SIGKILL");
  return Math.max(AIM_MIB, bareMiB + 1.5);
}
