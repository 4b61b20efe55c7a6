// Where an agent is, and in one sentence each why it cannot be reached there.
import { statSync } from "node:fs";
import type { AppFolder } from "../../shared/app-folder.ts";
import { formatDuration } from "../../shared/duration.ts";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import type { Deadline } from "./deadline.ts";

/** An agent that was found. */
export interface Address {
  socket: string;
  /** How sentences call it: `shop 4711`, `shop`, or the socket's path. */
  label: string;
  /** The folder that it must be the app of: the agent of another one's refuses what is asked. Default: whichever listens there. */
  folder?: AppFolder | undefined;
  /** The runtime directory in which it was found, where that is not the caller's own. */
  runtimeDirectory?: string;
}

/** The error that a failed connection attempt is, in this tool's words. */
export function connectionFailure(error: Error, { socket, label }: Address): RpcError {
  const code = "code" in error ? error.code : undefined;
  const { it, at } = placeOf({ socket, label });
  const failure = (name: RpcCode, reason: string) =>
    new RpcError(name, `Cannot reach ${label}: ${reason}`, { cause: error, state: "not-started" });
  if (code === "ENOENT" || code === "ENOTDIR") return failure("NOT_LISTENING", `nothing listens ${at}`);
  if (code === "EACCES" || code === "EPERM")
    return failure("DENIED", `you may not use ${it} (it belongs to another user)`);
  if (code === "ENOTSOCK" || (code === "ECONNREFUSED" && !isSocket(socket)))
    return failure("NOT_REMSH", `${it} is not a socket`);
  if (code === "EAGAIN") return failure("TOO_MANY", `too many connections wait ${at}`);
  if (code === "ECONNREFUSED") return failure("STALE_SOCKET", `the process that listened ${at} is gone`);
  return failure("INTERNAL", error.message);
}

/** Something else than an agent listens there. */
export function notRemsh(address: Address): RpcError {
  return new RpcError(
    "NOT_REMSH",
    `Cannot reach ${address.label}: what listens ${placeOf(address).at} is not a remsh agent`,
  );
}

/** The socket's path, which is not said twice where it is the agent's only name. */
function placeOf({ socket, label }: Address): { it: string; at: string } {
  return label.startsWith('"') ? { it: "it", at: "there" } : { it: `"${socket}"`, at: `at "${socket}"` };
}

/** The connection ended before a question was answered that changes nothing. */
export function lostAnswer({ label }: Address, what: string, cause?: Error): RpcError {
  const details = { state: "not-started", ...(cause && { cause }) } as const;
  return new RpcError("CONNECTION_LOST", `Lost ${label} before it answered ${what}`, details);
}

/** The error of an agent that has accepted the connection and does not answer, as one whose process is suspended. */
export function silent({ label }: Address, { timeoutMs = 0 }: Pick<Deadline, "timeoutMs">): RpcError {
  return new RpcError(
    "TIMEOUT",
    `Cannot reach ${label}: it accepted the connection and did not answer within ${formatDuration(timeoutMs)}`,
    { state: "not-started" },
  );
}

function isSocket(file: string): boolean {
  try {
    return statSync(file).isSocket();
  } catch {
    return true; // gone in this very moment: then it was one
  }
}
