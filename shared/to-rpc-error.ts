// Converts an error that is not the caller's fault into an answer.
import { RpcError } from "./errors.ts";
import { messageOf } from "./message-of.ts";

/**
 * An RpcError is returned unchanged, any other error as INTERNAL with the action that failed. `reasonOf` makes its
 * text; default: its message.
 */
export function toRpcError(error: unknown, action = "answer", reasonOf = messageOf): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError("INTERNAL", `Cannot ${action}: ${reasonOf(error)}`, { cause: error });
}
