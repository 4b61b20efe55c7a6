// Which directories of others may be believed: found by a search, and not named by the caller, they may be a trap.
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";

/** A directory in which everyone may make files, and nobody remove another user's. */
const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * True for a directory of this very user that nobody else may use, below directories in which nobody but this user and root could
 * put another in its place. For root, too: what another user's process answers is not taken for one of root's.
 */
export function isOwnDirectory(directory: string): boolean {
  const own = process.getuid?.() ?? 0;
  try {
    const { uid, mode } = lstatSync(directory);
    const real = realpathSync(directory);
    return lstatSync(real).isDirectory() && uid === own && (mode & 0o077) === 0 && above(real).every(isFirm);
  } catch {
    return false; // it is gone, or not for us to look at
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
