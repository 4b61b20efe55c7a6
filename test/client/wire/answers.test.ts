import { expect, test } from "vitest";
import { parseMessage, toError } from "../../../client/wire/answers.ts";
import { errorOf } from "../../../client/wire/task-failure.ts";
import { RpcError, TaskError } from "../../../shared/errors.ts";

test.each([
  "",
  "{",
  "[]",
  "null",
  "{}",
  '{"id":1}',
  '{"id":1,"error":"text"}',
  '{"id":1,"error":{"code":1}}',
  '{"id":1,"error":{"code":1,"message":"m","data":"x"}}',
  '{"method":5}',
  '{"method":"run.output"}',
  '{"method":"run.output","params":[]}',
])("%j is no message", (text) => {
  expect(parseMessage(text)).toBeUndefined();
});

test.each(['{"id":1,"result":null}', '{"id":null,"error":{"code":1,"message":"m"}}', '{"method":"x","params":{}}'])(
  "%s is one",
  (text) => expect(parseMessage(text)).toEqual(JSON.parse(text)),
);

test("an error is told by the name of its code, else by its number, else it is INTERNAL with the agent's sentence", () => {
  const code = (number: number, name?: string) =>
    toError({ code: number, message: "m", ...(name !== undefined && { data: { code: name } }) });
  expect(code(-32004, "CANCELLED")).toMatchObject({ code: "CANCELLED", message: "m" });
  expect(code(-32004)).toMatchObject({ code: "TIMEOUT" });
  // Of a newer agent: not in this client's list.
  expect(code(-32999, "NOT_YET_KNOWN")).toMatchObject({ code: "INTERNAL", message: "m" });
  expect(code(-32999, "toString")).toBeInstanceOf(RpcError);
});

test("of an error's details those count that can be read", () => {
  const data = { code: "TIMEOUT", state: "asleep", run: 5, text: "t" };
  expect(toError({ code: -32004, message: "m", data })).toMatchObject({ state: "unknown", run: undefined, text: "t" });
});

test("an error with something thrown is a TaskError", async () => {
  const data = { run: "r", thrown: { error: { name: "Error", message: "x", cause: { text: "1" } } } };
  expect(await errorOf({ code: -32000, message: "m", data })).toBeInstanceOf(TaskError);
});

test.each<[string, object]>([
  ['"thrown" must be an object', { run: "r", thrown: "x" }],
  ['"thrown.error.message" must be a string', { run: "r", thrown: { error: { name: "Error" } } }],
  [
    '"thrown.error.cause.text" must be a string',
    { run: "r", thrown: { error: { name: "E", message: "", cause: {} } } },
  ],
  ['"run" must be a string', { thrown: { text: "x" } }],
])("what was thrown cannot be read where %s", async (reason, data) => {
  await expect(errorOf({ code: -32000, message: "m", data: { ...data } })).rejects.toMatchObject({
    code: "BAD_MESSAGE",
    state: "stopped",
    message: `Cannot read what the task threw (m): ${reason}`,
  });
});
