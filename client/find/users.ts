// Names the user that a file belongs to, for a sentence: `user 998 (shop)`.
import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";

/** As `user 998 (shop)`, or without the name if the system has none in /etc/passwd. */
export function userName(uid: number): string {
  const name = passwords()
    .find((line) => line.split(":")[2] === String(uid))
    ?.split(":")[0];
  return name ? `user ${uid} (${name})` : `user ${uid}`;
}

/**
 * The owner of the file, or of the nearest folder above it that this user may look at; undefined if it is gone. root
 * owns the folders that lead to another user's, and counts only for the file itself.
 */
export function ownerOf(file: string): number | undefined {
  const [own, ...above] = pathsTo(file).map(uidOf);
  return own ?? above.find((uid) => uid !== undefined && uid !== 0);
}

function pathsTo(file: string): string[] {
  const parent = path.dirname(file);
  return parent === file ? [file] : [file, ...pathsTo(parent)];
}

function uidOf(file: string): number | undefined {
  try {
    return lstatSync(file).uid;
  } catch {
    return undefined; // gone, or in a folder that this user may not enter
  }
}

function passwords(): string[] {
  try {
    return readFileSync("/etc/passwd", "utf8").split("\n");
  } catch {
    return [];
  }
}
