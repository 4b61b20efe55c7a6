import { describe, expect, test } from "vitest";
import { answerMessage, taskErrorAnswer } from "../../../shared/messages/answer.ts";
import { RPC_CODES, RpcError } from "../../../shared/errors.ts";
import {
  RUN_ID,
  defined,
  errorMessage,
  notificationMessage,
  parseRequest,
  requestMessage,
  responseMessage,
} from "../../../shared/messages/protocol.ts";

const LIMITS = { depth: 4 };

function request(changes: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params: {}, ...changes });
}

describe("a request", () => {
  test("is read as it was written", () => {
    expect(parseRequest(requestMessage("a", "call", { task: "x" }), LIMITS)).toEqual({
      jsonrpc: "2.0",
      id: "a",
      method: "call",
      params: { task: "x" },
    });
  });

  test("may leave its parameters out", () => {
    expect(parseRequest(request({ params: undefined }), LIMITS).params).toEqual({});
  });

  test.each([
    ["not JSON", "{", "it is not JSON"],
    ["nothing", "", "it is not JSON"],
    ["a batch", "[]", "a message must be one JSON object"],
    ["null", "null", "a message must be one JSON object"],
    ["of another version", request({ jsonrpc: "1.0" }), '"jsonrpc" must be "2.0"'],
    ["without a method", request({ method: undefined }), '"method" must be a string: only requests are read here'],
    ["without an id", request({ id: undefined }), '"id" must be a whole number or a string of at most 128 characters'],
    ["with the id null", request({ id: null }), '"id" must be a whole number or a string of at most 128 characters'],
    ["with a broken id", request({ id: 1.5 }), '"id" must be a whole number or a string of at most 128 characters'],
    [
      "with a long id",
      request({ id: "x".repeat(129) }),
      '"id" must be a whole number or a string of at most 128 characters',
    ],
    ["with a list of parameters", request({ params: [] }), '"params" must be an object'],
  ])("that is %s is refused", (_what, text, reason) => {
    expect(() => parseRequest(text, LIMITS)).toThrow(
      expect.objectContaining({ code: "BAD_MESSAGE", message: `Cannot read the message: ${reason}` }),
    );
  });

  test("may be nested as deep as the limit, and no deeper", () => {
    expect(parseRequest(request({ params: { a: { b: {} } } }), LIMITS).id).toBe(1);
    expect(() => parseRequest(request({ params: { a: { b: { c: [] } } } }), LIMITS)).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  test("nested a hundred thousand levels deep is refused, not a stack overflow", () => {
    const text = request({}).replace("{}", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    expect(() => parseRequest(text, { depth: 100 })).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });
});

describe("a message", () => {
  test("with a result", () => {
    expect(JSON.parse(responseMessage("1", "result", JSON.stringify({ a: 1 })))).toEqual({
      jsonrpc: "2.0",
      id: "1",
      result: { a: 1 },
    });
  });

  test("with an error carries its number, its code and only what is known besides", () => {
    const error = new RpcError("TIMEOUT", 'Gave up on "a"', { run: "r", state: "stopped" });
    expect(JSON.parse(errorMessage(7, error))).toEqual({
      jsonrpc: "2.0",
      id: 7,
      error: { code: -32004, message: 'Gave up on "a"', data: { code: "TIMEOUT", run: "r", state: "stopped" } },
    });
    expect(JSON.parse(errorMessage(null, new RpcError("BAD_MESSAGE", "m")))).toMatchObject({
      id: null,
      error: { data: { code: "BAD_MESSAGE" } },
    });
  });

  test("about a task that threw has a number of its own", () => {
    const data = { run: "r", thrown: { text: "x" } };
    expect(JSON.parse(answerMessage(1, taskErrorAnswer("m", data)))).toMatchObject({
      error: { code: -32000, message: "m", data },
    });
  });

  test("about a run has no id", () => {
    expect(
      JSON.parse(notificationMessage("run.output", { run: "r", seq: 1, stream: "stdout", text: "\u2028\n" })),
    ).toEqual({
      jsonrpc: "2.0",
      method: "run.output",
      params: { run: "r", seq: 1, stream: "stdout", text: "\u2028\n" },
    });
  });

  test("is one line, whatever is in it", () => {
    expect(responseMessage("a\nb", "result", JSON.stringify({ text: "c\r\nd" }))).not.toMatch(/[\r\n]/);
  });
});

test("no two codes share a number", () => {
  const numbers = Object.values(RPC_CODES).map(([number]) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test.each([["a", true], ["A-z_09", true], ["x".repeat(64), true], ["", false], ["a b", false], ["x".repeat(65), false], ["a\n", false]])(
  "%j as a run's id: %s",
  (id, good) => expect(RUN_ID.test(id)).toBe(good),
); // prettier-ignore

test("defined leaves out what is undefined, and keeps null, 0 and false", () => {
  expect(Object.entries(defined({ a: undefined, b: null, c: 0, d: false }))).toEqual([
    ["b", null],
    ["c", 0],
    ["d", false],
  ]);
});
