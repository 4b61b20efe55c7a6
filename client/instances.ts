// Which instances run here: what the runtime directory holds, and which of the sockets in it somebody listens at.
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { checkPrivateDirectory, socketPath } from "../shared/addresses.ts";
import { RpcError } from "../shared/errors.ts";
import { hasCode } from "../shared/has-code.ts";
import type { Address } from "./address.ts";

const SOCKET_SUFFIX = ".sock";

/** One instance of an app. */
export interface Instance extends Address {
  /** Its name among them. */
  id: string;
}

/** The instances of one app. */
export interface Instances {
  /** The app's folder. */
  directory: string;
  /** A single one is not tried: using it will tell. */
  alive: Instance[];
  /** Sockets that nobody answers at. */
  stale: Instance[];
}

/**
 * The instances of the app, or undefined when it has no folder here.
 *
 * @throws RpcError DENIED when the folder is not private to this user.
 */
export async function instancesOf(directory: string, app: string): Promise<Instances | undefined> {
  const folder = path.dirname(socketPath(directory, app, "0"));
  const sockets = inFolder(folder, () => readSockets(folder));
  if (!sockets) return undefined;
  const addresses = sockets.map((name) => {
    const id = name.slice(0, -SOCKET_SUFFIX.length);
    return { socket: path.join(folder, name), id, label: `${app} ${id}` };
  });
  const found: Instances = { directory: folder, alive: [], stale: [] };
  if (addresses.length === 1) return { ...found, alive: addresses };
  const answers = await Promise.all(addresses.map(({ socket }) => isAlive(socket)));
  addresses.forEach((address, index) => (answers[index] ? found.alive : found.stale).push(address));
  return found;
}

/** The apps of which at least one instance lives: a killed one leaves its directory behind. */
export async function runningApps(directory: string): Promise<string[]> {
  const apps = await Promise.all(
    list(directory, readdirSync).map(async (app) => {
      const folder = path.join(directory, app);
      const sockets = list(folder, readSockets);
      const answers = await Promise.all(sockets.map((name) => isAlive(path.join(folder, name))));
      return answers.includes(true) ? [app] : [];
    }),
  );
  return apps.flat().sort();
}

/** For a hint only: what cannot be listed is left out. */
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
 * @throws RpcError DENIED when the folder is not private to this user, or cannot be looked at.
 */
export function inFolder<Found>(folder: string, look: () => Found): Found | undefined {
  try {
    checkPrivateDirectory(folder);
    return look();
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (hasCode(error, "ENOENT")) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RpcError("DENIED", `Cannot use the directory "${folder}": ${reason}`, { cause: error });
  }
}

function readSockets(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SOCKET_SUFFIX))
    .sort();
}

/** True unless it is certain that nobody listens: a socket that is full belongs to somebody. */
export function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket, () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.on("error", (error) => resolve(hasCode(error, "EAGAIN")));
  });
}
