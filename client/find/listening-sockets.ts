// Lists the Unix sockets at which processes listen. Linux shows every user the path under which each socket was opened.
import { readFileSync } from "node:fs";

/** The flags in /proc/net/unix of a socket that listens. */
const LISTENING = "00010000";

/** A socket that a process listens at. */
export interface ListeningSocket {
  /** The kernel's name for it, as in the links in /proc/<pid>/fd. */
  name: string;
  /** The path at which it was opened, which for an agent is not its final name (shared/socket-file.ts). */
  file: string;
}

/** The sockets of this network namespace; none on systems other than Linux. */
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
