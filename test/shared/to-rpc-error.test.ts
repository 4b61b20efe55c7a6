import { expect, test } from "vitest";
import { RpcError } from "../../shared/errors.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";

test("an RpcError stays what it is", () => {
  const error = new RpcError("DENIED", "Cannot call: you may not");
  expect(toRpcError(error)).toBe(error);
});

test("anything else is a fault that names the action and keeps the cause", () => {
  const cause = new TypeError("x is undefined");
  expect(toRpcError(cause)).toMatchObject({ code: "INTERNAL", message: "Cannot answer: x is undefined", cause });
  expect(toRpcError("text", "execute the task").message).toBe("Cannot execute the task: text");
  expect(toRpcError({}, "answer", () => "an object").message).toBe("Cannot answer: an object");
});
