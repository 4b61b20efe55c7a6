import { expect, test } from "vitest";
import { RPC_CODES, RpcError, type RpcCode } from "../../shared/errors.ts";

/** The task may have run, unless the place where the error is made knows more. */
const MAY_HAVE_STARTED: RpcCode[] = [
  "INTERNAL",
  "UNKNOWN_RUN",
  "RELOAD_FAILED",
  "TIMEOUT",
  "CANCELLED",
  "CONNECTION_LOST",
  "NOT_SERIALIZABLE",
  "LIMIT_EXCEEDED",
  "REPLACED",
];

test.each(Object.keys(RPC_CODES) as RpcCode[])("%s has a state, and keeps the one that it is given", (code) => {
  const state = MAY_HAVE_STARTED.includes(code) ? "unknown" : "not-started";
  expect(new RpcError(code, "Cannot call")).toMatchObject({ code, state });
  expect(new RpcError(code, "Cannot call", { state: "stopped" })).toMatchObject({ code, state: "stopped" });
});
