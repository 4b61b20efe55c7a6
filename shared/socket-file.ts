// The file of a Unix socket. It appears at its path only when its owner listens, so that one which refuses connections is
// a dead process's for certain; and it is taken away only by who has seen that, however many start at the same moment.
import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, lutimesSync, renameSync, unlinkSync } from "node:fs";
import path from "node:path";
import { hasCode } from "./has-code.ts";
import { isListening } from "./is-listening.ts";

/** Who may remove a socket says so for a moment only: what is this old is of a killed process. */
const OLD_MS = 1000;

/** What is at a path where a socket is to be. A stale socket is known again by its `identity`. */
export type Found = { is: "nothing" | "alive" | "foreign" } | { is: "stale"; identity: string };

/** Looks what is at a path. */
export async function whatIsAt(file: string): Promise<Found> {
  const identity = identityOf(file);
  if (identity === undefined) return { is: "nothing" };
  if (identity === "foreign") return { is: "foreign" };
  return (await isListening(file)) ? { is: "alive" } : { is: "stale", identity };
}

/**
 * Removes a socket that is no use any more, and only that one: what somebody has put in its place meanwhile is theirs. A second
 * name which one alone can give it says who may: while that is there nobody else takes the first away, and nothing takes its place.
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

/** Removes a socket of our own, if it is still the one at its path. */
export function removeOwn(file: string, identity: string): void {
  if (identityOf(file) === identity) remove(file, identity);
}

function forgetOld(claim: string): void {
  const stats = lstatSync(claim, { throwIfNoEntry: false });
  if (stats && Date.now() - stats.ctimeMs > OLD_MS) forget(claim);
}

/** Removes a name, if it is there. */
export function forget(file: string): void {
  attempt(["ENOENT"], () => unlinkSync(file));
}

/** A name beside the path for a socket that is not ready yet: no longer than the path, and not one that clients look at. */
export function temporaryName(file: string): string {
  const { dir, name, ext } = path.parse(file);
  const suffix = randomSuffix();
  return path.join(dir, ext === ".sock" ? `${name}.${suffix}` : `${name}${ext}`.slice(0, -4) + suffix);
}

/** A name beside the path for a folder in which a socket is not seen until it is ready: short, for a path has few bytes. */
export function temporaryFolder(file: string): string {
  return path.join(path.dirname(file), randomSuffix());
}

function randomSuffix(): string {
  return randomBytes(4).readUInt32BE().toString(36).padStart(4, "0").slice(-4);
}

/** Puts a socket that listens at its temporary name where it belongs; false when something is there. */
export function place(temporary: string, file: string): boolean {
  return giveName([temporary, file], ["EEXIST"], () => renameSync(temporary, file));
}

/**
 * Gives a socket a second name; false when that fails with one of the codes. Where the file system or the system knows no
 * second names it does `otherwise`: the same, as long as nobody else starts at this very moment.
 */
function giveName([file, name]: [string, string], codes: readonly string[], otherwise: () => void): boolean {
  try {
    return attempt(codes, () => linkSync(file, name));
  } catch (error) {
    if (!NO_SECOND_NAMES.some((code) => hasCode(error, code))) throw error;
    return attempt(codes, otherwise);
  }
}

const NO_SECOND_NAMES = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Does it, unless it fails for one of these reasons: somebody else was first. */
function attempt(reasons: readonly string[], act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (reasons.some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

/** By what a socket is known again, and "foreign" for what is none: an inode's number alone is soon given to another. */
export function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (!stats) return undefined;
  return stats.isSocket() ? `${stats.ino}-${stats.mtimeNs}` : "foreign";
}

/**
 * Says that a socket is in use to whoever removes what nobody has used for days. When it was last changed is part of its
 * identity, and stays the same microsecond: what Node makes of half of one more is cut off again the next time.
 */
export function keepYoung(socket: string): void {
  const { mtimeNs } = lstatSync(socket, { bigint: true });
  lutimesSync(socket, Date.now() / 1000, (Number(mtimeNs / 1000n) + 0.5) / 1e6);
}
