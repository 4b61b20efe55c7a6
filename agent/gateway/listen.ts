// Takes the socket's path: makes the private directories, recognises what a killed process left behind, never takes a
// path away from a process that lives.
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { Server } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkSocketPath, makePrivateDirectory, ofAnother } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { hasCode } from "../../shared/has-code.ts";
import {
  forget,
  identityOf,
  keepYoung,
  place,
  remove,
  temporaryFolder,
  temporaryName,
  whatIsAt,
} from "../../shared/socket-file.ts";
import type { SocketPath } from "../border/channel.ts";
import { cannotListen } from "./cannot-listen.ts";

/** Another instance that closes may remove the app's directory between our making it and our using it. */
const ATTEMPTS = 3;

/** How often the path is tried, after 0, 1, 2, … ms: two seconds in all, while another process removes what was there. */
const TURNS = 60;

/** A socket has another name until it is ready: one this old is of a killed process. */
const OLD_MS = 10_000;

/**
 * Listens at the path and resolves to the socket's identity, by which its owner knows it again. The owner removes it: the server
 * itself knows only the name that it began with.
 *
 * @throws RpcError DENIED or BAD_ARGUMENTS when the path cannot be used, or the system's own error.
 */
export async function listenAt(server: Server, at: SocketPath): Promise<string> {
  const { socket } = at;
  checkSocketPath(socket);
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToListen(server, at);
    } catch (error) {
      if (attempt === ATTEMPTS || server.listening || !mayBeMissing(error)) throw cannotListen(error, socket);
    }
  }
}

async function tryToListen(server: Server, { socket, ownsDirectory }: SocketPath): Promise<string> {
  // In a folder that others may use, whoever is quick could connect before the socket has its mode.
  const apart = ownsDirectory ? undefined : temporaryFolder(socket);
  const temporary = checkSocketPath(apart === undefined ? temporaryName(socket) : path.join(apart, "s"));
  if (ownsDirectory) await prepareDirectory(path.dirname(socket));
  await clear(socket);
  try {
    if (apart !== undefined) mkdirSync(apart, { mode: 0o700 });
    await listen(server, temporary);
    return await takePath(temporary, socket);
  } finally {
    if (apart !== undefined) rmSync(apart, { recursive: true, force: true });
  }
}

/** libuv reports a missing folder as EACCES when a socket is bound in it, as Windows does. */
function mayBeMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "EACCES");
}

/** Listens no more; the connections that are open go on, the silent ones too, which a server of HTTP would end. */
export function stopListening(server: Server): void {
  if (server.listening) Server.prototype.close.call(server);
}

/** @throws RpcError DENIED when the path is another's. */
async function takePath(temporary: string, socket: string): Promise<string> {
  try {
    chmodSync(temporary, 0o600);
    keepYoung(temporary); // from here on its identity lasts
    const identity = identityOf(temporary);
    if (identity === undefined)
      throw new RpcError("DENIED", `Cannot listen at "${socket}": somebody removes what is put there`);
    for (let turn = 0; turn < TURNS; turn++) {
      if (place(temporary, socket) && identityOf(socket) === identity) return identity;
      await sleep(turn);
      await clear(socket);
    }
  } finally {
    forget(temporary);
  }
  throw new RpcError("SEVERAL_INSTANCES", `Cannot listen at "${socket}": other processes take it again and again`);
}

async function prepareDirectory(directory: string): Promise<void> {
  makeOwnDirectory(path.dirname(directory));
  makeOwnDirectory(directory);
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    if (!name.endsWith(".sock") && !isOld(file)) continue;
    const found = await whatIsAt(file);
    if (found.is === "stale") remove(file, found.identity);
  }
}

function isOld(file: string): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.ctimeMs > OLD_MS;
}

/** A directory that is ours alone: root listens in no other user's either, who could put a socket in our socket's place. */
function makeOwnDirectory(directory: string): void {
  makePrivateDirectory(directory);
  const { uid } = lstatSync(directory);
  const own = process.getuid?.() ?? uid;
  if (uid !== own) throw new RpcError("DENIED", `Cannot use the directory "${directory}": ${ofAnother(uid, own)}`);
}

/** @throws RpcError DENIED when something is there that a killed agent cannot have left behind. */
async function clear(socket: string): Promise<void> {
  const found = await whatIsAt(socket);
  if (found.is === "alive")
    throw new RpcError("SEVERAL_INSTANCES", `Cannot listen at "${socket}": another process listens there already`);
  if (found.is === "foreign")
    throw new RpcError("DENIED", `Cannot listen at "${socket}": something that is not a socket is there`);
  if (found.is === "stale") remove(socket, found.identity);
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
