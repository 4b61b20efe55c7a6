// A clock with which two processes of one machine can name the same moment. The wall clock cannot serve: it may be
// changed meanwhile.
import { readFileSync, readlinkSync } from "node:fs";

/** Taken before an app can replace it, for example with fake timers, whose time stands still. */
const { hrtime } = process;

/**
 * Milliseconds on a clock that all threads and processes of a machine share. `performance.now()` starts anew in each.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

let name: string | undefined;
let isKnown = false;

/**
 * Identifies the clock that {@link monotonicMs} reads: two processes with the same name read the same clock. The name
 * contains the boot and the time namespace. Undefined if the system does not tell, as on macOS.
 */
export function clockName(): string | undefined {
  if (!isKnown) name = readClockName();
  isKnown = true;
  return name;
}

function readClockName(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/time")}`;
  } catch {
    return undefined; // another system, a kernel without time namespaces, or no /proc
  }
}
