// Resident memory of another process: the one that is measured may be in no state to tell.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Bytes; on Linux without asking another program. */
export function residentBytes(pid) {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(kibibytes) * 1024;
  } catch {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" })) * 1024;
  }
}
