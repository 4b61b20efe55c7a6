// One process has one agent: on its main thread, and from one copy of this package. Worker threads and other copies,
// such as a plugin's or one in a bundle, may call `startAgent`, too.
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { RpcError } from "../shared/errors.ts";

/** Registered, since the copies share nothing else. */
const FIRST = Symbol.for("remsh.startAgent");

/** Worker threads inherit it from the thread that starts them. */
const HAS_AGENT = "remsh.hasAgent";

/** The sockets of this copy's agents. */
const sockets = new Set<string>();

/** From now on, this copy's `startAgent` serves all copies in this process: it may have the line to `remsh start`. */
export function serveCopies(startAgent: unknown): void {
  if (firstCopy() === undefined) Object.defineProperty(globalThis, FIRST, { value: startAgent });
}

/** The `startAgent` of the copy that serves all copies; undefined if none has started an agent. */
export function firstCopy(): unknown {
  return Reflect.get(globalThis, FIRST);
}

/** Reserves a socket's path for one agent, until the returned function is called. */
export function reserve(socket: string): () => void {
  sockets.add(socket);
  setEnvironmentData(HAS_AGENT, true);
  return () => void sockets.delete(socket);
}

/** The failure of a second agent at the path; undefined if there is none at it. */
export function secondAgent(socket: string): RpcError | undefined {
  if (!sockets.has(socket)) return undefined;
  const reason = "this process has one there already, and its tasks stay (call startAgent once, with all tasks)";
  return new RpcError("SEVERAL_INSTANCES", `Cannot start a second agent at "${socket}": ${reason}`);
}

/** In a worker thread: true if the main thread had an agent, or was starting one, when it started the thread. */
export function mainThreadHasAgent(): boolean {
  return getEnvironmentData(HAS_AGENT) === true;
}
