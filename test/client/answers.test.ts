import { expect, test } from "vitest";
import { parseMessage, toError } from "../../client/answers.ts";
import { RpcError, TaskError } from "../../shared/errors.ts";

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
    toError({ code: number, message: "m", ...(name !== undefined && { data: { code: name as "TIMEOUT" } }) });
  expect(code(-32004, "CANCELLED")).toMatchObject({ code: "CANCELLED", message: "m" });
  expect(code(-32004)).toMatchObject({ code: "TIMEOUT" });
  // Of a newer agent: not in this client's list.
  expect(code(-32999, "NOT_YET_KNOWN")).toMatchObject({ code: "INTERNAL", message: "m" });
  expect(code(-32999, "toString")).toBeInstanceOf(RpcError);
});

test("an error with something thrown is a TaskError", () => {
  const data = { run: "r", thrown: { text: "x" } };
  expect(toError({ code: -32000, message: "m", data })).toBeInstanceOf(TaskError);
});
