// Identifies the pid namespace: process ids have the same meaning only inside one. A container has its own.
import { readlinkSync } from "node:fs";

/** The pid namespace of this process, as Linux names it: `pid:[4026531836]`. Undefined if the system does not tell. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined; // another system, or no /proc
  }
}
