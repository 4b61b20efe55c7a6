// Explains in one sentence why a socket cannot be created where the agent wants to listen, and what to do about it.
import path from "node:path";
import { RpcError } from "../../shared/errors.ts";

const NO_SOCKETS = "its volume takes no sockets";
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: NO_SOCKETS,
  ENOTSUP: NO_SOCKETS,
  EOPNOTSUPP: NO_SOCKETS,
  EINVAL: NO_SOCKETS,
  EROFS: "its volume is read-only",
  ENOSPC: "its volume has no space or no inodes left",
  EDQUOT: "this user's disk quota is used up",
};

/** The error with a remedy, if the file system refused the socket or its directory; any other error unchanged. */
export function cannotListen(error: unknown, socket: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS[code];
  if (reason === undefined) return error;
  const remedy = "set REMSH_RUNTIME_DIR to a private directory on a local disk";
  const message = `Cannot listen in "${path.dirname(socket)}": ${reason} (${code}; ${remedy})`;
  return new RpcError("DENIED", message, { cause: error });
}
