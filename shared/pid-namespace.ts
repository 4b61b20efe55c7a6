// Whose process ids mean the same: those of one pid namespace, which a container has for its own.
import { readlinkSync } from "node:fs";

/** The pid namespace of this process, as Linux calls it: `pid:[4026531836]`. Undefined where the system has none to tell. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined; // another system, or no /proc
  }
}
