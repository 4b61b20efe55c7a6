// Checks a time that a caller gives: whole milliseconds that Node's timers can keep.
import { MAX_DURATION_MS } from "./duration.ts";
import { RpcError, type RpcErrorDetails } from "./errors.ts";

/** @throws RpcError BAD_ARGUMENTS when the value is not such a time. undefined is allowed: no time was given. */
export function checkTime(value: unknown, details: RpcErrorDetails = {}): asserts value is number | undefined {
  if (value === undefined) return;
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_DURATION_MS) return;
  const reason = `a time is a whole number of milliseconds from 1 to ${MAX_DURATION_MS}`;
  throw new RpcError("BAD_ARGUMENTS", `Cannot wait that long: ${reason}`, details);
}
