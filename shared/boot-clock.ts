// A clock by which two processes of one machine can name the same moment: the wall clock may be set meanwhile.
import { readFileSync, readlinkSync } from "node:fs";

/** Taken before an app could replace it, as fake timers do: the time that they tell stands still. */
const { hrtime } = process;

/** Milliseconds on a clock that all threads and processes of a machine share; `performance.now()` starts anew in each. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

let name: string | undefined;
let isKnown = false;

/**
 * Which clock {@link monotonicMs} is: two processes that name it alike read the same one. It is that of a boot and of a time
 * namespace. Undefined where the system does not tell, as on macOS.
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
