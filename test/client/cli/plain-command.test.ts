import { Command } from "commander";
import { expect, test } from "vitest";
import { addRunningAppCommands } from "../../../client/cli/commands.ts";
import { optionsOf, withTargetOptions } from "../../../client/cli/options.ts";
import { plainCommand } from "../../../client/cli/plain-command.ts";

test.each([
  [["ping"], {}],
  [["ping", "--ready", "--json"], { ready: true, json: true }],
  [["--app", "shop", "ping", "--wait", "30s"], { app: "shop", waitMs: 30_000 }],
  [["ping", "--instance", "web-1", "--any", "--socket", "/a"], { instance: "web-1", any: true, socket: "/a" }],
  [["ping", "--app", ""], { app: "" }],
])("%j is a ping that loads nothing else", (words, options) => {
  expect(plainCommand(words)).toEqual({ ping: options });
});

test.each([
  [["rpc", "Release.migrate"], { task: "Release.migrate", words: [] }],
  [
    ["--app", "shop", "rpc", "--timeout", "30s", "--json", "a.b", "--json", "-x"],
    { app: "shop", timeoutMs: 30_000, json: true, task: "a.b", words: ["--json", "-x"] },
  ],
  [["rpc", "ping", "rpc"], { task: "ping", words: ["rpc"] }],
  [["rpc", ""], { task: "", words: [] }],
])("%j is an rpc that loads nothing else", (words, options) => {
  expect(plainCommand(words)).toEqual({ rpc: options });
});

test.each([
  [[]],
  [["rpc"]],
  [["rpc", "--help"]],
  [["rpc", "--", "a.b"]],
  [["rpc", "--wait", "5s", "a.b"]],
  [["rpc", "--ready", "a.b"]],
  [["rpc", "--timeout", "5", "a.b"]],
  [["ping", "--timeout", "5s"]],
  [["--wait", "5s", "ping"]],
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
  expect(plainCommand(words)).toBeUndefined();
});

/** The command and its options as the command line proper reads them. */
function read(words: readonly string[]): unknown {
  const streams = { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {} };
  const program = withTargetOptions(new Command()).enablePositionalOptions().exitOverride();
  addRunningAppCommands(program, streams, { exitCode: 0, json: false });
  let found: unknown;
  for (const command of program.commands)
    command.action(function (this: Command) {
      const { wait, timeout, ...options } = optionsOf<{ wait?: number; timeout?: number }>(this);
      const times = {
        ...(wait !== undefined && { waitMs: wait }),
        ...(timeout !== undefined && { timeoutMs: timeout }),
      };
      const [task, ...rest] = this.args;
      const called = command.name() === "rpc" && { task, words: rest };
      found = { [command.name()]: { ...options, ...times, ...called } };
    });
  program.parse(words, { from: "user" });
  return found;
}

test.each([
  [["ping"]],
  [["ping", "--ready", "--json"]],
  [["--json", "--any", "ping", "--wait", "30s"]],
  [["--app", "shop", "ping", "--instance", "web-1", "--socket", "/a b"]],
  [["ping", "--wait", "300ms", "--wait", "5m"]],
  [["--app", "a", "ping", "--app", "b"]],
  [["rpc", "Release.migrate"]],
  [["--app", "shop", "rpc", "--timeout", "30s", "--json", "a.b", "--json", "-x"]],
  [["rpc", "--lossless", "a.b", "--", "--c"]],
  [["rpc", "ping", "rpc", "--app", "x"]],
  [["rpc", ""]],
  [["rpc", "1 + 1"]],
])("%j is read as the command line proper reads it", (words) => {
  expect(plainCommand(words)).toEqual(read(words));
});
