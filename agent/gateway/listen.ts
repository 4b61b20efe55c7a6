// Takes the socket's path: makes the private directories, recognises what a killed process left behind, never takes a
// path away from a process that lives.
import { chmodSync, readdirSync, statSync, unlinkSync } from "node:fs";
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
    await removeStale(socket);
    try {
      await listen(server, socket);
      chmodSync(socket, 0o600);
      return statSync(socket).ino;
    } catch (error) {
      if (attempt === ATTEMPTS || !hasCode(error, "ENOENT")) throw error;
    }
  }
}

/** True when a process accepts connections at the path; false when nothing is there or nobody answers. */
function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket);
    attempt.once("connect", () => resolve(true));
    // Whatever else than "nobody listens" or "nothing there" goes wrong, somebody may own the path: leave it alone.
    attempt.once("error", (error) => resolve(!hasCode(error, "ECONNREFUSED") && !hasCode(error, "ENOENT")));
    attempt.once("close", () => attempt.destroy());
    attempt.once("connect", () => attempt.destroy());
  });
}

async function prepareDirectory(directory: string): Promise<void> {
  makePrivateDirectory(path.dirname(directory));
  makePrivateDirectory(directory);
  const sockets = readdirSync(directory).filter((name) => name.endsWith(".sock"));
  for (const name of sockets) await removeStale(path.join(directory, name), { keepLiving: true });
}

async function removeStale(socket: string, { keepLiving = false } = {}): Promise<void> {
  if (await isAlive(socket)) {
    if (keepLiving) return;
    throw new RpcError("DENIED", `Cannot listen at "${socket}": another process listens there already`);
  }
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
