// Decides which directories can be trusted. A directory that was found by a search, not named by the caller, may be a
// trap.
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";

/** The mode of a directory in which every user may make files, but not remove another user's. */
const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * True for a directory of this very user that is closed to others, below directories in which only this user and root
 * could replace it. This holds for root, too: root does not accept an answer from another user's process.
 */
export function isOwnDirectory(directory: string): boolean {
  const own = process.getuid?.() ?? 0;
  try {
    const { uid, mode } = lstatSync(directory);
    const real = realpathSync(directory);
    return lstatSync(real).isDirectory() && uid === own && (mode & 0o077) === 0 && above(real).every(isFirm);
  } catch {
    return false; // it is gone, or this user may not read it
  }

  function isFirm(folder: string): boolean {
    const { uid, mode } = lstatSync(folder);
    return (uid === own || uid === 0) && ((mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0);
  }
}

function above(directory: string): string[] {
  const parent = path.dirname(directory);
  return parent === directory ? [] : [parent, ...above(parent)];
}
