// Where sockets are when no variable says so and /run may not be written: a directory of this user's in the temporary one, which
// every user may write. So another user may have taken its name before: then there is one with a name that nobody could foresee.
import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";

/** The directory of this user, with its fallback made where the usual name is another user's. */
export function temporaryRuntimeDirectory(temporary: string, uid: number): string {
  const usual = path.resolve(temporary, `remsh-${uid}`);
  if (ownerOf(usual) === uid || ownerOf(usual) === undefined) return usual;
  return oldestFallback(usual, uid) ?? makeFallback(usual, uid);
}

/** The usual one, and where that is another user's, those that were made instead; without making any. */
export function temporaryRuntimeDirectories(temporary: string, uid: number): string[] {
  const usual = path.resolve(temporary, `remsh-${uid}`);
  return [usual, ...fallbacks(usual, uid)];
}

/** Agent and client take the same one, also where two starts have made one each: their names begin with the time. */
function oldestFallback(usual: string, uid: number): string | undefined {
  return fallbacks(usual, uid)[0];
}

function fallbacks(usual: string, uid: number): string[] {
  const { dir, base } = path.parse(usual);
  const made = (name: string) => name.startsWith(`${base}-`) && ownerOf(path.join(dir, name)) === uid;
  try {
    return readdirSync(dir)
      .filter(made)
      .sort()
      .map((name) => path.join(dir, name));
  } catch {
    return []; // the temporary directory cannot be listed
  }
}

/** Where none can be made the usual one is named: whoever uses it is told whose it is. */
function makeFallback(usual: string, uid: number): string {
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  try {
    mkdirSync(`${usual}-${Date.now().toString(36)}${randomBytes(4).toString("hex")}`, { mode: 0o700 });
  } catch {
    return usual;
  }
  return oldestFallback(usual, uid) ?? usual;
}

function ownerOf(file: string): number | undefined {
  return lstatSync(file, { throwIfNoEntry: false })?.uid;
}
