// A lock that a process holds until it releases it or ends in any way: a file with the process's id and start time. It
// is not a socket, because `start` becomes another program on the way: the same process, without its descriptors.
import { randomBytes } from "node:crypto";
import { closeSync, lstatSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkPrivateDirectory, makePrivateDirectory, type Environment } from "../../shared/addresses.ts";
import { hasCode } from "../../shared/has-code.ts";
import { read } from "../../shared/messages/shape.ts";
import { processStart } from "../../shared/process-start.ts";
import { forget, place, remove } from "../../shared/socket-file.ts";
import { KnownProcess } from "./known-process.ts";
import { mayName, readOwnedFile } from "./owned-file.ts";
import { HOLDER, readHolder, type Holder } from "./lock-holder.ts";
import { runtimeFile } from "./runtime-file.ts";

/** The same interval at which `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** The file of a lock for the purpose and the words. */
export function lockFile(env: Environment, purpose: "start" | "stop", words: readonly string[]): string {
  return `${runtimeFile(env, purpose, words)}.lock`;
}

/** True, or the process that has the lock. */
export type Taken = true | Holder;

/**
 * Takes the lock for this process. Resolves to true, or to the process that has the lock. If nothing can be written
 * there is no lock, and the result is true, so that commands still work.
 */
export async function takeLock(file: string): Promise<Taken> {
  const temporary = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    makePrivateDirectory(path.dirname(file));
    const own: Holder = { pid: process.pid, start: processStart("self") };
    writeFileSync(temporary, JSON.stringify(own), { mode: 0o600, flag: "wx" });
    for (;;) {
      const identity = identityOf(file);
      const holder = holderOf(file);
      if (holder) return holder;
      if (identity !== undefined) remove(file, identity, identityOf);
      if (place(temporary, file)) return true;
      await sleep(LOOK_EVERY_MS);
    }
  } catch {
    return true; // a later step that needs the directory reports what is wrong with it
  } finally {
    forgetQuietly(temporary);
  }
}

/** The living process that has the lock; undefined if there is none, or if the lock's owner may not name it. */
export function holderOf(file: string): Holder | undefined {
  const { holder, owner } = (isPrivate(path.dirname(file)) && holderAndOwner(file)) || {};
  if (!holder || owner === undefined) return undefined;
  const known = new KnownProcess(holder.pid);
  // Where the system tells no start, it tells no user either: the process is then only waited for, never signalled.
  if (known.start !== holder.start || (known.start !== undefined && !mayName(owner, known))) return undefined;
  return known.state === "runs" || known.state === "suspended" ? holder : undefined;
}

function holderAndOwner(file: string): { holder: Holder; owner: number } | undefined {
  try {
    const found = readOwnedFile(file);
    if (!found) return undefined;
    const holder = read(HOLDER, JSON.parse(found.text), (reason) => new SyntaxError(reason));
    return { holder, owner: found.owner };
  } catch {
    return undefined; // it does not exist, a full disk has cut it, or it names no process
  }
}

/**
 * Resolves when the process that has the lock has released it: to its outcome, or undefined if it left none.
 *
 * @throws the signal's reason.
 */
export async function whenGivenBack(file: string, signal?: AbortSignal): Promise<string | undefined> {
  const descriptor = openQuietly(file);
  if (descriptor === undefined) return undefined;
  try {
    const identity = identityOf(file);
    while (identity !== undefined && identityOf(file) === identity && holderOf(file)) {
      await sleep(LOOK_EVERY_MS);
      signal?.throwIfAborted();
    }
    return readHolder(descriptor)?.outcome;
  } finally {
    closeSync(descriptor);
  }
}

/** Identifies the file, even after its process has written to it. */
function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}-${stats.birthtimeNs}`;
}

/** True if no other user could put a lock there. */
function isPrivate(directory: string): boolean {
  try {
    checkPrivateDirectory(directory);
    return true;
  } catch {
    return false;
  }
}

function openQuietly(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined; // it has just been released
    throw error;
  }
}

function forgetQuietly(file: string): void {
  try {
    forget(file);
  } catch {
    // The file never existed, or its directory did not.
  }
}
