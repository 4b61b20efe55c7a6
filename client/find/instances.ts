// Finds the instances in a runtime directory, and tells which of their sockets a process listens at.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { appInDirectory, checkPrivateDirectory, socketPath } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { hasCode } from "../../shared/has-code.ts";
import { messageOf } from "../../shared/message-of.ts";
import { isListening } from "../../shared/is-listening.ts";
import { processIn } from "../../shared/processes.ts";
import type { Address } from "../wire/address.ts";

const SOCKET_SUFFIX = ".sock";

/** One instance of an app. */
export interface Instance extends Address {
  /** Its name among the app's instances. */
  id: string;
}

/** The instances of one app. */
export interface Instances {
  /** The app's folder. */
  directory: string;
  /** A single one is not tried: a connection to it shows whether it lives. */
  alive: Instance[];
  /** Sockets at which no process answers. */
  stale: Instance[];
}

/** An app by its name and, if its package is known, by the name of its directory. */
export interface AppName {
  app: string;
  directory: string | undefined;
  /** Processes whose instances are left out. */
  processes?: readonly string[];
}

/**
 * The instances of the app, or undefined when it has no folder here.
 *
 * @throws RpcError DENIED when the folder is not private to this user.
 */
export async function instancesOf(directory: string, named: AppName): Promise<Instances | undefined> {
  const folders = foldersOf(directory, named);
  const all = folders.flatMap((folder) => inFolder(folder, () => instancesIn(folder, named.app)) ?? []);
  const { processes = [] } = named;
  const found = all.filter(({ id }) => processIn(processes, id) === undefined);
  const folder = folders.find((each) => existsSync(each));
  if (folder === undefined) return undefined;
  const instances: Instances = { directory: folder, alive: [], stale: [] };
  if (found.length === 1) return { ...instances, alive: found };
  const answers = await Promise.all(found.map(({ socket }) => isListening(socket)));
  found.forEach((instance, index) => (answers[index] ? instances.alive : instances.stale).push(instance));
  return instances;
}

/** The found instances at which a process listens. If only one was found, this function tries it. */
export async function listeningOf(found: Instances | undefined): Promise<Instance[]> {
  const { alive, stale } = found ?? { alive: [], stale: [] };
  const [first] = alive;
  if (!first || alive.length + stale.length > 1) return alive;
  return (await isListening(first.socket)) ? alive : [];
}

/**
 * One instance, whether it exists or not. Its folder is checked like any other: another user who can put a socket there
 * could answer in the app's place.
 *
 * @throws RpcError as {@link instancesOf}; BAD_ARGUMENTS when the name is invalid.
 */
export function instanceOf(directory: string, named: AppName, id: string): Instance {
  const sockets = foldersOf(directory, named).map((folder) => socketPath(directory, path.basename(folder), id));
  const [first = ""] = sockets;
  const socket = sockets.find((each) => existsSync(each)) ?? first;
  inFolder(path.dirname(socket), () => {});
  return { socket, id, label: `${named.app} ${id}` };
}

/**
 * The folders in which the app's sockets may be, the likeliest first: its own, then the folder of an app that was
 * started by name without a known package. If nothing is known of its package, the folders of every scope.
 */
function foldersOf(directory: string, { app, directory: own }: AppName): string[] {
  const others = own === undefined ? list(directory, readdirSync).filter((name) => isScoped(name, app)) : [own];
  const names = own === undefined ? [app, ...others] : [...others, app];
  const folders = [...new Set(names)].map((name) => path.dirname(socketPath(directory, name, "0")));
  return folders;
}

function isScoped(name: string, app: string): boolean {
  return name.startsWith("@") && appInDirectory(name) === app;
}

function instancesIn(folder: string, app: string): Instance[] {
  return readSockets(folder).map((name) => {
    const id = name.slice(0, -SOCKET_SUFFIX.length);
    return { socket: path.join(folder, name), id, label: `${app} ${id}` };
  });
}

/** The apps with at least one living instance. A killed instance leaves its directory behind. */
export async function runningApps(directory: string): Promise<string[]> {
  const apps = await Promise.all(
    list(directory, readdirSync).map(async (app) => {
      const folder = path.join(directory, app);
      const sockets = list(folder, readSockets);
      const answers = await Promise.all(sockets.map((name) => isListening(path.join(folder, name))));
      return answers.includes(true) ? [packageOf(app)] : [];
    }),
  );
  return apps.flat().sort();
}

/** The app as `--app` takes it: `@acme/shop` if its package has a scope. */
function packageOf(directory: string): string {
  return directory.startsWith("@") ? directory.replace("+", "/") : directory;
}

/** For a hint only, so folders that cannot be listed are left out. */
function list(directory: string, read: (directory: string) => string[]): string[] {
  try {
    return read(directory);
  } catch {
    return [];
  }
}

/**
 * What `look` finds in an app's folder, or undefined when there is no such folder: an agent that closes removes it.
 *
 * @throws RpcError DENIED when the folder is not private to this user, or cannot be read.
 */
export function inFolder<Found>(folder: string, look: () => Found): Found | undefined {
  try {
    checkPrivateDirectory(folder);
    return look();
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (hasCode(error, "ENOENT")) return undefined;
    const reason = messageOf(error);
    throw new RpcError("DENIED", `Cannot use the directory "${folder}": ${reason}`, { cause: error });
  }
}

function readSockets(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SOCKET_SUFFIX))
    .sort();
}

/**
 * True if an instance is named by a process id, that process no longer exists, and no process listens at its socket.
 */
export async function isGone({ id, socket }: Instance): Promise<boolean> {
  if (!/^[1-9]\d*$/.test(id)) return false;
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    // In another container, the process has another id here.
    return hasCode(error, "ESRCH") && !(await isListening(socket));
  }
}
