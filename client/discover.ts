// Which agent is meant: a socket that is named, or the one instance of an app that runs here. Never a guess.
import { readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import {
  appNameOf,
  checkPrivateDirectory,
  runtimeDirectory,
  socketPath,
  type Environment,
} from "../shared/addresses.ts";
import { RpcError } from "../shared/errors.ts";
import { findManifest } from "../shared/manifest.ts";

/** Names an agent. Without any of these: the one instance of the app that the working directory belongs to. */
export interface Target {
  /** The app's name. Default: REMSH_APP, else package.json's. */
  app?: string | undefined;
  /** One instance among several. Default: REMSH_INSTANCE, else the only one there is. */
  instance?: string | undefined;
  /** The socket's path; then no names are needed. Default: REMSH_SOCKET. */
  socket?: string | undefined;
  /** Take any instance where several run. */
  any?: boolean | undefined;
}

/** An agent that was found. */
export interface Address {
  socket: string;
  /** How sentences call it: `shop 4711`, `shop`, or the socket's path. */
  label: string;
}

/**
 * Finds the agent that is meant.
 *
 * @throws RpcError UNKNOWN_APP, NOT_LISTENING, STALE_SOCKET, SEVERAL_INSTANCES, DENIED or BAD_ARGUMENTS.
 */
export async function findAgent(target: Target, env: Environment): Promise<Address> {
  const socket = target.socket ?? env.REMSH_SOCKET;
  if (socket) return { socket: path.resolve(socket), label: `"${socket}"` };
  const directory = runtimeDirectory(env);
  const app = appName(target, env) ?? complainNoName(directory);
  const instance = target.instance ?? env.REMSH_INSTANCE;
  if (instance) return { socket: socketPath(directory, app, instance), label: `${app} ${instance}` };
  return choose(await instancesOf(directory, app), app, target.any ?? false);
}

/**
 * The app's name as the caller or the working directory gives it.
 *
 * @throws SyntaxError when package.json is not JSON.
 */
export function appName(target: Pick<Target, "app">, env: Environment): string | undefined {
  const named = target.app ?? env.REMSH_APP;
  if (named) return named;
  const manifest = findManifest(process.cwd());
  const { remsh } = manifest ?? {};
  if (typeof remsh === "object" && remsh !== null && "app" in remsh && typeof remsh.app === "string") return remsh.app;
  return manifest?.name === undefined ? undefined : appNameOf(manifest.name);
}

/** The error that a failed connection attempt is, in this tool's words. */
export function connectionFailure(error: Error, { socket, label }: Address): RpcError {
  const code = "code" in error ? error.code : undefined;
  const failure = (name: "NOT_LISTENING" | "STALE_SOCKET" | "DENIED" | "NOT_REMSH" | "INTERNAL", reason: string) =>
    new RpcError(name, `Cannot reach ${label}: ${reason}`, { cause: error });
  if (code === "ENOENT") return failure("NOT_LISTENING", `nothing listens at "${socket}"`);
  if (code === "EACCES" || code === "EPERM")
    return failure("DENIED", `you may not use "${socket}" (it belongs to another user)`);
  if (code === "ENOTSOCK" || (code === "ECONNREFUSED" && !isSocket(socket)))
    return failure("NOT_REMSH", `"${socket}" is not a socket`);
  if (code === "ECONNREFUSED") return failure("STALE_SOCKET", `the process that listened at "${socket}" is gone`);
  return failure("INTERNAL", error.message);
}

interface Instances {
  directory: string;
  alive: Address[];
  /** Sockets that nobody answers at. */
  stale: Address[];
}

async function instancesOf(directory: string, app: string): Promise<Instances> {
  const folder = path.dirname(socketPath(directory, app, "0"));
  const names = list(folder, () => complainUnknown(directory, app));
  checkPrivateDirectory(folder);
  const addresses = names
    .filter((name) => name.endsWith(".sock"))
    .map((name) => ({ socket: path.join(folder, name), label: `${app} ${name.slice(0, -".sock".length)}` }));
  const found: Instances = { directory: folder, alive: [], stale: [] };
  // A single one need not be tried first: using it will tell.
  if (addresses.length === 1) return { ...found, alive: addresses };
  const answers = await Promise.all(addresses.map(({ socket }) => isAlive(socket)));
  addresses.forEach((address, index) => (answers[index] ? found.alive : found.stale).push(address));
  return found;
}

function choose({ directory, alive, stale }: Instances, app: string, any: boolean): Address {
  const [first] = alive;
  if (first && (alive.length === 1 || any)) return first;
  if (first) {
    const names = alive.map(({ label }) => label.slice(app.length + 1)).join(", ");
    throw new RpcError(
      "SEVERAL_INSTANCES",
      `Cannot choose: ${alive.length} instances of ${app} run here, ${names} (name one with --instance, or take any with --any)`,
    );
  }
  if (stale[0])
    throw new RpcError("STALE_SOCKET", `Cannot reach ${app}: the processes that listened in "${directory}" are gone`);
  throw notRunning(app, directory);
}

function complainNoName(directory: string): never {
  const running = list(directory, () => []);
  const known = running.length === 0 ? "" : ` (running here: ${running.join(", ")})`;
  throw new RpcError(
    "UNKNOWN_APP",
    `Cannot tell which app is meant: give --app, set REMSH_APP, or go to the app's folder${known}`,
  );
}

function complainUnknown(directory: string, app: string): never {
  const others = list(directory, () => []);
  if (others.length === 0) throw notRunning(app, path.join(directory, app));
  throw new RpcError(
    "UNKNOWN_APP",
    `Cannot reach ${app}: no app of that name runs here (running: ${others.join(", ")})`,
  );
}

function notRunning(app: string, directory: string): RpcError {
  return new RpcError("NOT_LISTENING", `Cannot reach ${app}: it does not run here (nothing listens in "${directory}")`);
}

function list(directory: string, missing: () => string[]): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ENOENT") return missing();
    throw new RpcError("DENIED", `Cannot use the directory "${directory}": ${error.message}`, { cause: error });
  }
}

function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket, () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.on("error", () => resolve(false));
  });
}

function isSocket(file: string): boolean {
  try {
    return statSync(file).isSocket();
  } catch {
    return true; // gone in this very moment: then it was one
  }
}
