// Reads the resident memory of another process, which may itself be unable to answer.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The number of bytes; on Linux without running another program. */
export function residentBytes(pid) {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(kibibytes) * 1024;
  } catch {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" })) * 1024;
  }
}
