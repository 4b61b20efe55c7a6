// Tells who besides its owner may change a file or a folder, from its mode.
import { readFileSync } from "node:fs";

/** What of `fs.Stats` decides. */
export interface Ownership {
  uid: number;
  gid: number;
  mode: number;
}

/** Users who may write, as the beginning of a sentence, and the option of `chmod` that takes it from them. */
export interface Writer {
  who: string;
  chmod: "o-w" | "g-w";
}

/**
 * Who besides the owner may write; undefined if no other user may. The owner's primary group counts as the owner, since many
 * systems give each user one. A sticky folder is safe: there no user replaces another user's file. `primaryGroup` finds
 * a user's primary group; default: /etc/passwd, and this process's own.
 */
export function writableBy({ uid, gid, mode }: Ownership, primaryGroup = primaryGroupOf): Writer | undefined {
  if ((mode & 0o1000) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return { who: "anybody", chmod: "o-w" };
  if ((mode & 0o020) !== 0 && primaryGroup(uid) !== gid) return { who: `group ${gid}`, chmod: "g-w" };
  return undefined;
}

function primaryGroupOf(uid: number): number | undefined {
  if (uid === 0) return 0;
  return groupInPasswd(uid) ?? (uid === process.getuid?.() ? process.getgid?.() : undefined);
}

function groupInPasswd(uid: number): number | undefined {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((each) => each.split(":")[2] === String(uid));
    return line === undefined ? undefined : Number(line.split(":")[3]);
  } catch {
    return undefined; // a container may have none: what this process knows of itself is left
  }
}
