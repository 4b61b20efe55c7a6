// Finds the process that listens at a socket, for an agent that does not answer: it is suspended, or has no descriptor
// left for a connection. Linux tells which sockets a process holds, and under which path each was opened. On other
// systems the socket's name has the process id, unless the instance has its own name.
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { listeningSockets } from "../find/listening-sockets.ts";
import { KnownProcess, readsOwnProc } from "./known-process.ts";

/** The process that listens there; undefined if that is not certain. */
export function listeningProcess(socket: string): KnownProcess | undefined {
  if (!readsOwnProc()) return namedProcess(socket);
  const [holder, ...others] = holdersOf(socketsOpenedFor(socket));
  return holder === undefined || others.length > 0 ? undefined : new KnownProcess(holder);
}

function namedProcess(socket: string): KnownProcess | undefined {
  const pid = Number(path.basename(socket, ".sock"));
  return Number.isInteger(pid) && pid > 1 ? new KnownProcess(pid) : undefined;
}

/**
 * The kernel's names of the sockets that listen at the path: an agent opens its socket under another name
 * (shared/socket-file.ts).
 */
function socketsOpenedFor(socket: string): string[] {
  const folder = realpathSync(path.dirname(socket));
  const instance = path.basename(socket, ".sock");
  const listening = listeningSockets();
  const opened = listening.filter(({ file }) => isBeside(file, folder, instance) || file === socket);
  const found = opened.length > 0 ? opened : listening.filter(({ file }) => isApart(file, folder));
  return found.map(({ name }) => name);
}

/** `<folder>/4711.x7f2`, of `<folder>/4711.sock`. */
function isBeside(file: string, folder: string, instance: string): boolean {
  const { dir, name, ext } = path.parse(file);
  return name === instance && /^\.[a-z0-9]{4}$/.test(ext) && isSame(dir, folder);
}

/** `<folder>/x7f2/s`, of a socket in a folder that others may use. */
function isApart(file: string, folder: string): boolean {
  return /\/[a-z0-9]{4}\/s$/.test(file) && isSame(path.dirname(path.dirname(file)), folder);
}

function isSame(directory: string, folder: string): boolean {
  try {
    return realpathSync(directory) === folder;
  } catch {
    return false; // it is gone, and its content with it
  }
}

/** The processes that hold one of these sockets, as far as this user may see. */
export function holdersOf(sockets: readonly string[]): number[] {
  if (sockets.length === 0) return [];
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => holdsOneOf(pid, sockets)).map(Number);
}

function holdsOneOf(pid: string, sockets: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.includes(linkAt(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // another user's process, or gone
  }
}

function linkAt(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ""; // closed at this very moment
  }
}
