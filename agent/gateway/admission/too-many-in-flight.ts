// The error for a connection with as many requests in flight as it may have.
import { RpcError } from "../../../shared/errors.ts";

/** Refuses one more request on a connection that has `count` of them in flight. */
export function tooManyInFlight(count: number): RpcError {
  return new RpcError("TOO_MANY", `Cannot take the request: ${count} are in flight on this connection`);
}
