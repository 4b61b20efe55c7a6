// What an evaluator's process says is read by the gateway, which takes from it what it expects and nothing else.
import { expect, test } from "vitest";
import { readSandboxMessage } from "../../../agent/border/sandbox-messages.ts";

test.each([
  "",
  "no JSON",
  "null",
  "[]",
  "{}",
  '{"type":"evaluate","code":"1"}',
  '{"type":"drain"}',
  '{"type":"constructor"}',
  '{"type":"call"}',
  '{"type":"call","id":"1","task":"Release.add","args":[]}',
  '{"type":"print","stream":"file","text":1}',
  '{"type":"threw","thrown":null}',
])("%j is no message of an evaluator", (line) => {
  expect(() => readSandboxMessage(line)).toThrow();
});
