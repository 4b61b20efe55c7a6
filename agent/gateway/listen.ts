// Takes the socket's path: makes the private directories, recognises what a killed process left behind, never takes a
// path away from a process that lives.
import { chmodSync, lstatSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import path from "node:path";
import { checkSocketPath, makePrivateDirectory } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";

/** Another instance that closes may remove the app's directory between our making it and our using it. */
const ATTEMPTS = 3;

/**
 * Listens at the path and resolves to the socket's inode, by which its owner knows it again.
 *
 * @throws RpcError DENIED or BAD_ARGUMENTS when the path cannot be used, or the system's own error.
 */
export async function listenAt(
  server: Server,
  { socket, ownsDirectory }: { socket: string; ownsDirectory: boolean },
): Promise<number> {
  checkSocketPath(socket);
  for (let attempt = 1; ; attempt++) {
    if (ownsDirectory) await prepareDirectory(path.dirname(socket));
    await clear(socket);
    try {
      await listen(server, socket);
      chmodSync(socket, 0o600);
      return statSync(socket).ino;
    } catch (error) {
      if (attempt === ATTEMPTS || !hasCode(error, "ENOENT")) throw error;
    }
  }
}

/** What is at a path where a socket is to be. */
type Found = "nothing" | "stale" | "alive" | "foreign";

async function whatIsAt(file: string): Promise<Found> {
  try {
    if (!lstatSync(file).isSocket()) return "foreign";
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "nothing";
    throw error;
  }
  return (await isAlive(file)) ? "alive" : "stale";
}

/** True when a process accepts connections at the socket. */
function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket);
    attempt.once("connect", () => {
      attempt.destroy();
      resolve(true);
    });
    // Whatever else than "nobody listens" or "nothing there" goes wrong, somebody may own the path: leave it alone.
    attempt.once("error", (error) => resolve(!hasCode(error, "ECONNREFUSED") && !hasCode(error, "ENOENT")));
  });
}

async function prepareDirectory(directory: string): Promise<void> {
  makeOwnDirectory(path.dirname(directory));
  makeOwnDirectory(directory);
  const sockets = readdirSync(directory).filter((name) => name.endsWith(".sock"));
  for (const name of sockets) {
    const file = path.join(directory, name);
    if ((await whatIsAt(file)) === "stale") remove(file);
  }
}

/** A directory that is ours alone: root listens in no other user's either, who could put a socket in our socket's place. */
function makeOwnDirectory(directory: string): void {
  makePrivateDirectory(directory);
  const { uid } = lstatSync(directory);
  const own = process.getuid?.() ?? uid;
  if (uid !== own)
    throw new RpcError("DENIED", `Cannot use the directory "${directory}": it belongs to user ${uid}, not to ${own}`);
}

/** @throws RpcError DENIED when something is there that a killed agent cannot have left behind. */
async function clear(socket: string): Promise<void> {
  const found = await whatIsAt(socket);
  if (found === "alive")
    throw new RpcError("DENIED", `Cannot listen at "${socket}": another process listens there already`);
  if (found === "foreign")
    throw new RpcError("DENIED", `Cannot listen at "${socket}": something that is not a socket is there`);
  if (found === "stale") remove(socket);
}

function remove(socket: string): void {
  try {
    unlinkSync(socket);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
