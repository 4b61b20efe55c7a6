import { describe, expect, test } from "vitest";
import {
  answerToGateway,
  callToRunner,
  readFromGateway,
  readFromRunner,
  takeCallApart,
  toGateway,
  toRunner,
} from "../../../agent/border/port-messages.ts";

describe("a message on a connection's port", () => {
  test.each([
    [toRunner("request", 7, '{"a b":1}'), { kind: "request", ticket: 7, body: '{"a b":1}' }],
    [toRunner("abort", 12), { kind: "abort", ticket: 12, body: "" }],
    [toRunner("resume"), { kind: "resume", ticket: 0, body: "" }],
  ])("to the runner is read as it was written: %j", (text, message) => {
    expect(readFromGateway(text)).toEqual(message);
  });

  test.each([
    [toGateway("output", 0, "1 a\nb "), { kind: "output", ticket: 0, body: "1 a\nb " }],
    [toGateway("alive?"), { kind: "alive?", ticket: 0, body: "" }],
    [answerToGateway(3, { kind: "error", json: '{"code":1}' }), { kind: "error", ticket: 3, body: '{"code":1}' }],
  ])("to the gateway is read as it was written: %j", (text, message) => {
    expect(readFromRunner(text)).toEqual(message);
  });

  test.each([undefined, 0, 1234.5678])("that is a call has its text as it was, and begins by %s", (beginsBy) => {
    const { kind, ticket, body } = readFromGateway(callToRunner(7, '{"a b": 1}', beginsBy));
    expect({ kind, ticket, ...takeCallApart(body) }).toEqual({ kind: "call", ticket: 7, beginsBy, text: '{"a b": 1}' });
  });
});
