// The directory for sockets when no variable names one and /run cannot be written: a directory of this user in the
// temporary one. Every user may write there, so another user may have taken the usual name. The fallback then has a
// name that cannot be predicted.
import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";

/** This user's directory. If the usual name belongs to another user, the fallback is made. */
export function temporaryRuntimeDirectory(temporary: string, uid: number): string {
  const usual = path.resolve(temporary, `remsh-${uid}`);
  if (ownerOf(usual) === uid || ownerOf(usual) === undefined) return usual;
  return oldestFallback(usual, uid) ?? makeFallback(usual, uid);
}

/** The usual one and, if that belongs to another user, the fallbacks that exist. It makes none. */
export function temporaryRuntimeDirectories(temporary: string, uid: number): string[] {
  const usual = path.resolve(temporary, `remsh-${uid}`);
  return [usual, ...fallbacks(usual, uid)];
}

/** Agent and client choose the same one, even if two starts have made one each: the names begin with the time. */
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

/** If no fallback can be made, the usual one is returned; using it then reports its owner. */
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
