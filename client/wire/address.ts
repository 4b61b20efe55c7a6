// The address of an agent, and a sentence for each reason why it cannot be reached there.
import { statSync } from "node:fs";
import type { AppFolder } from "../../shared/app-folder.ts";
import { formatDuration } from "../../shared/duration.ts";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import type { Deadline } from "./deadline.ts";

/** An agent that was found. */
export interface Address {
  socket: string;
  /** Its name in sentences: `shop 4711`, `shop`, or the socket's path. */
  label: string;
  /** The app's folder: the agent of another folder's app refuses the request. Default: any agent that listens there. */
  folder?: AppFolder | undefined;
  /** The runtime directory in which it was found, if that is not the caller's own. */
  runtimeDirectory?: string;
}

/** The error for a failed connection attempt, in remsh's words. */
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

/** Something other than an agent listens there. */
export function notRemsh(address: Address): RpcError {
  return new RpcError(
    "NOT_REMSH",
    `Cannot reach ${address.label}: what listens ${placeOf(address).at} is not a remsh agent`,
  );
}

/** The socket's path for a sentence, not repeated if it is the agent's only name. */
function placeOf({ socket, label }: Address): { it: string; at: string } {
  return label.startsWith('"') ? { it: "it", at: "there" } : { it: `"${socket}"`, at: `at "${socket}"` };
}

/** The connection ended before the answer to a question that changes nothing. */
export function lostAnswer({ label }: Address, what: string, cause?: Error): RpcError {
  const details = { state: "not-started", ...(cause && { cause }) } as const;
  return new RpcError("CONNECTION_LOST", `Lost ${label} before it answered ${what}`, details);
}

/** The error for an agent that accepted the connection but does not answer, as when its process is suspended. */
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
    return true; // gone at this very moment: so it was one
  }
}
