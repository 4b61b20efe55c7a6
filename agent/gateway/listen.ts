// Takes the socket's path: creates the private directories, recognises a socket that a killed process left behind, and
// never takes the path from a live process.
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

/** Another instance that is closing may remove the app's directory between our mkdir and our use of it. */
const ATTEMPTS = 3;

/**
 * How often the path is tried, after 0, 1, 2, … ms: two seconds in all, while another process removes the old socket.
 */
const TURNS = 60;

/** A socket has a temporary name until it is ready. One that is this old belongs to a killed process. */
const OLD_MS = 10_000;

/**
 * Listens at the path and resolves to the socket's identity, by which its owner recognises it. The owner removes the
 * socket: the server itself knows only the temporary name.
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
  // In a folder that others may use, another user could connect before the socket has its mode.
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

/** Stops listening. Open connections stay open, including idle ones, which an HTTP server's `close` would end. */
export function stopListening(server: Server): void {
  if (server.listening) Server.prototype.close.call(server);
}

/** @throws RpcError DENIED when something is at the path that this agent may not remove. */
async function takePath(temporary: string, socket: string): Promise<string> {
  try {
    chmodSync(temporary, 0o600);
    keepYoung(temporary); // the identity does not change from here on
    const identity = identityOf(temporary);
    if (identity === undefined)
      throw new RpcError("DENIED", `Cannot listen at "${socket}": another process has removed its new socket file`);
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

/**
 * A directory that only this user can use. Root does not listen in another user's directory either: that user could
 * replace the socket.
 */
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
