import { expect, test } from "vitest";
import { plainPing } from "../../../client/cli/plain-ping.ts";

test.each([
  [["ping"], {}],
  [["ping", "--ready", "--json"], { ready: true, json: true }],
  [["--app", "shop", "ping", "--wait", "30s"], { app: "shop", waitMs: 30_000 }],
  [["ping", "--instance", "web-1", "--any", "--socket", "/a"], { instance: "web-1", any: true, socket: "/a" }],
  [["ping", "--app", ""], { app: "" }],
])("%j is a ping that loads nothing else", (words, options) => {
  expect(plainPing(words)).toEqual(options);
});

test.each([
  [[]],
  [["status"]],
  [["ping", "ping"]],
  [["ping", "--help"]],
  [["ping", "--wait"]],
  [["ping", "--wait", "soon"]],
  [["ping", "--wait", "99999s"]],
  [["ping", "--app", "--json"]],
  [["--ready", "ping"]],
  [["ping", "extra"]],
  [["ping", "--app=shop"]],
])("%j is left to the command line proper", (words: string[]) => {
  expect(plainPing(words)).toBeUndefined();
});
