// How the end of an expression's process is told, by what ended it.
import { expect, test } from "vitest";
import { ExpressionProcess } from "../../../../agent/gateway/expressions/expression-process.ts";

const IDLE = { program: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], isWatched: false };

test.each<[NodeJS.Signals, string, RegExp]>([
  [
    "SIGKILL",
    "CONNECTION_LOST",
    /^its process was killed, by another process or because the system is short of memory$/,
  ],
  ["SIGTERM", "CONNECTION_LOST", /^its process was ended by SIGTERM, which another process sent$/],
  ["SIGHUP", "CONNECTION_LOST", /^its process was ended by SIGHUP, which another process sent$/],
  ["SIGXCPU", "TIMEOUT", /more CPU time than an expression may/],
  ["SIGABRT", "LIMIT_EXCEEDED", /more memory than an expression may use/],
  ["SIGSEGV", "INTERNAL", /^its process crashed with SIGSEGV$/],
])("ended by %s it is %s", async (signal, code, reason) => {
  const child = new ExpressionProcess(IDLE, 1000);
  const lost = new Promise((resolve) => child.begin({ hear: () => {}, lost: (...cause) => resolve(cause) }));
  process.kill(child.pid ?? 0, signal);
  expect(await lost).toEqual([code, expect.stringMatching(reason)]);
  expect(child.isAlive).toBe(false);
});

test.each([
  [3, "INTERNAL", "its process ended with exit code 3"],
  [0, "INTERNAL", "its process ended with exit code 0"],
])("ended with exit code %d it is a fault", async (exitCode, code, reason) => {
  const child = new ExpressionProcess({ ...IDLE, args: ["-e", `process.exit(${exitCode})`] }, 1000);
  const lost = new Promise((resolve) => child.begin({ hear: () => {}, lost: (...cause) => resolve(cause) }));
  expect(await lost).toEqual([code, reason]);
});
