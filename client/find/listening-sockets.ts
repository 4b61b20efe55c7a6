// Which Unix sockets processes listen at, as Linux tells everyone: with the path under which each was opened, whoever opened it.
import { readFileSync } from "node:fs";

/** What /proc/net/unix says of a socket that listens. */
const LISTENING = "00010000";

/** A socket that a process listens at. */
export interface ListeningSocket {
  /** The kernel's name for it, as the links in /proc/<pid>/fd have it. */
  name: string;
  /** Where it was opened: an agent's has another name then (shared/socket-file.ts). */
  file: string;
}

/** Those of this network namespace; none on another system. */
export function listeningSockets(): ListeningSocket[] {
  return rows().flatMap((row) => {
    const [, flags, inode, file] = /^\S+: \S+ \S+ (\S+) \S+ \S+ +(\d+) (\/.*)$/.exec(row) ?? [];
    return flags === LISTENING && file !== undefined ? [{ name: `socket:[${inode}]`, file }] : [];
  });
}

function rows(): string[] {
  try {
    return readFileSync("/proc/net/unix", "utf8").split("\n");
  } catch {
    return [];
  }
}
