// What a caller gets for an error that is not its own doing.
import { RpcError } from "./errors.ts";
import { messageOf } from "./message-of.ts";

/**
 * The error as an answer: an RpcError as it is, anything else as INTERNAL with the action that failed. `reasonOf` makes its
 * text; default: its message.
 */
export function toRpcError(error: unknown, action = "answer", reasonOf = messageOf): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError("INTERNAL", `Cannot ${action}: ${reasonOf(error)}`, { cause: error });
}
