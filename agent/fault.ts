// What a caller is told of an error that is none of its own doing.
import { RpcError } from "../shared/errors.ts";
import { look } from "./thrown.ts";

/** The error as an answer: an RpcError as it is, anything else as INTERNAL. */
export function fault(error: unknown): RpcError {
  return error instanceof RpcError
    ? error
    : new RpcError("INTERNAL", `Cannot answer: ${look(error)}`, { cause: error });
}
