// The file of a Unix socket. It appears at its path only when its owner listens, so a socket that refuses connections
// certainly belongs to a dead process. Only a process that has seen such a refusal removes it, however many start at
// the same moment.
import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, lutimesSync, renameSync, unlinkSync } from "node:fs";
import path from "node:path";
import { hasCode } from "./has-code.ts";
import { isListening } from "./is-listening.ts";

/**
 * A process holds the right to remove a socket only for a moment. A marker older than this was left by a killed
 * process.
 */
const OLD_MS = 1000;

/** What is at a path where a socket should be. A stale socket is identified by its `identity`. */
export type Found = { is: "nothing" | "alive" | "foreign" } | { is: "stale"; identity: string };

/** Finds out what is at a path. */
export async function whatIsAt(file: string): Promise<Found> {
  const identity = identityOf(file);
  if (identity === undefined) return { is: "nothing" };
  if (identity === "foreign") return { is: "foreign" };
  return (await isListening(file)) ? { is: "alive" } : { is: "stale", identity };
}

/**
 * Removes a stale socket, but not a new one that has taken its place meanwhile. A uniquely named hard link acts as the
 * lock: only the process that created it may remove the socket, and while it exists no other socket is put there.
 * `identify` is for other files than sockets.
 */
export function remove(file: string, identity: string, identify = identityOf): void {
  const claim = `${file}.${identity}`;
  const alone = () => {
    if (identify(file) === identity) unlinkSync(file);
  };
  if (!giveName([file, claim], ["ENOENT", "EEXIST"], alone)) return forgetOld(claim);
  if (identify(claim) === identity) forget(file);
  forget(claim);
}

/** Removes this process's own socket, if it is still the one at its path. */
export function removeOwn(file: string, identity: string): void {
  if (identityOf(file) === identity) remove(file, identity);
}

function forgetOld(claim: string): void {
  const stats = lstatSync(claim, { throwIfNoEntry: false });
  if (stats && Date.now() - stats.ctimeMs > OLD_MS) forget(claim);
}

/** Removes a name, if it exists. */
export function forget(file: string): void {
  attempt(["ENOENT"], () => unlinkSync(file));
}

/**
 * A temporary name beside the path, for a socket that is not ready yet: not longer than the path, and not a name that
 * clients look for.
 */
export function temporaryName(file: string): string {
  const { dir, name, ext } = path.parse(file);
  const suffix = randomSuffix();
  return path.join(dir, ext === ".sock" ? `${name}.${suffix}` : `${name}${ext}`.slice(0, -4) + suffix);
}

/**
 * A folder beside the path, in which a socket is not visible until it is ready. The name is short because a socket's
 * path has few bytes.
 */
export function temporaryFolder(file: string): string {
  return path.join(path.dirname(file), randomSuffix());
}

function randomSuffix(): string {
  return randomBytes(4).readUInt32BE().toString(36).padStart(4, "0").slice(-4);
}

/** Moves a socket that listens at its temporary name to its place; false when something is there. */
export function place(temporary: string, file: string): boolean {
  return giveName([temporary, file], ["EEXIST"], () => renameSync(temporary, file));
}

const NO_SECOND_NAMES = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Gives a socket a second name; false when that fails with one of the codes. If the file system or the system has no
 * hard links, it calls `otherwise`, which does the same unless another process starts at this very moment.
 */
function giveName([file, name]: [string, string], codes: readonly string[], otherwise: () => void): boolean {
  try {
    return attempt(codes, () => linkSync(file, name));
  } catch (error) {
    if (!NO_SECOND_NAMES.some((code) => hasCode(error, code))) throw error;
    return attempt(codes, otherwise);
  }
}

/** Performs the action; false when it fails for one of these reasons, because another process was first. */
function attempt(reasons: readonly string[], act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (reasons.some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

/**
 * Identifies a socket; "foreign" for any other file. An inode's number alone is not enough, because it is soon reused.
 */
export function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (!stats) return undefined;
  return stats.isSocket() ? `${stats.ino}-${stats.mtimeNs}` : "foreign";
}

/**
 * Marks a socket as in use, for programs that remove files not used for days. The modification time is part of the
 * identity of a socket, so it stays within the same microsecond: the half microsecond that is added before Node
 * converts the time is cut off again the next time.
 */
export function keepYoung(socket: string): void {
  const { mtimeNs } = lstatSync(socket, { bigint: true });
  lutimesSync(socket, Date.now() / 1000, (Number(mtimeNs / 1000n) + 0.5) / 1e6);
}
