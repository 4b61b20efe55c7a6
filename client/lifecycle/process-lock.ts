// A lock that a process holds until it gives it back or ends, however it ends: a file that names the process and the moment at
// which that began. A file and not a socket, since `start` becomes another program on the way, the same process with none of
// its descriptors.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, lstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  checkPrivateDirectory,
  makePrivateDirectory,
  runtimeDirectory,
  type Environment,
} from "../../shared/addresses.ts";
import { hasCode } from "../../shared/has-code.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";
import { processStart } from "../../shared/process-start.ts";
import { forget, place, remove } from "../../shared/socket-file.ts";
import { KnownProcess } from "./known-process.ts";

/** As `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** Who holds it, and what came of its work. */
export interface Holder {
  pid: number;
  /** When the process began; left out where the system does not tell. */
  start?: string | undefined;
  /** Left out while it works. */
  outcome?: string;
}

/**
 * The file of a lock on what the words name. Containers that share the runtime directory have a lock each: a process id of
 * theirs says nothing here.
 */
export function lockFile(env: Environment, purpose: "start" | "stop", words: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([...words, pidNamespace()]));
  return path.join(runtimeDirectory(env), `${purpose}-${hash.digest("hex").slice(0, 16)}.lock`);
}

/**
 * Takes the lock for this process. Resolves to true, or to the process that has it. Where nothing can be written there is no lock,
 * and nobody is kept from working by that: true.
 */
export async function takeLock(file: string): Promise<true | Holder> {
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
    return true; // whatever follows tells what is wrong with the directory, where it needs it
  } finally {
    forgetQuietly(temporary);
  }
}

/** Gives the lock back, if this process has it; `outcome` is what those hear who wait for it. */
export function giveBack(file: string, outcome?: string): void {
  try {
    const holder = readHolder(file);
    if (holder?.pid !== process.pid || holder.start !== processStart("self")) return;
    // Of the same length and more: who waits has the file open, and reads it when its name is gone.
    if (outcome !== undefined) writeFileSync(file, JSON.stringify({ ...holder, outcome }));
    forget(file);
  } catch {
    // The end of this process gives it back.
  }
}

/** The living process that has the lock; undefined where there is none. */
export function holderOf(file: string): Holder | undefined {
  const holder = readHolder(file);
  if (!holder) return undefined;
  const { start, state } = new KnownProcess(holder.pid);
  return start === holder.start && (state === "runs" || state === "suspended") ? holder : undefined;
}

/** Resolves to the outcome of the process that has the lock when it has given it back; undefined where it says none. @throws the signal's reason. */
export async function whenGivenBack(file: string, signal: AbortSignal): Promise<string | undefined> {
  const descriptor = openQuietly(file);
  if (descriptor === undefined) return undefined;
  try {
    const identity = identityOf(file);
    while (identity !== undefined && identityOf(file) === identity && holderOf(file)) {
      await sleep(LOOK_EVERY_MS);
      signal.throwIfAborted();
    }
    return parse(readFileSync(descriptor, "utf8"))?.outcome;
  } finally {
    closeSync(descriptor);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    checkPrivateDirectory(path.dirname(file));
    return parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // none, or in a directory where others could put one
  }
}

/** Undefined for one that a full disk has cut. */
function parse(text: string): Holder | undefined {
  try {
    // Written by this module: nobody else writes in the directory.
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** By what the file is known again, also when its process has written to it. */
function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}-${stats.birthtimeNs}`;
}

function openQuietly(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined; // it has just been given back
    throw error;
  }
}

function forgetQuietly(file: string): void {
  try {
    forget(file);
  } catch {
    // It was never there, nor its directory.
  }
}
