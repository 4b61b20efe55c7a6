// A variable of `remsh start` that has come to another process, as to the child of `node --watch`: the preload throws into no app.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { NODE, removeTemporary, start, stop } from "./processes.ts";
import { project, startRegistered } from "./registered.ts";

afterAll(removeTemporary);

const FILES = {
  "package.json": JSON.stringify({ name: "stray", type: "module", remsh: { tasks: "./release.js" } }),
  "release.js": "export const Release = { nothing() {} };",
  "app.js": "console.log('up');",
};

/** What a supervisor that is this very process would say. */
const OURS = `3 from ${process.pid}`;

test.each(["3", "5", "12", "18", "99", "-1", "x", OURS])("REMSH_SUPERVISOR_FD=%s harms no app", async (fd) => {
  const { directory, env } = project(FILES);
  const { finished } = startRegistered({ directory, env: { ...env, REMSH_SUPERVISOR_FD: fd } }, "app.js");
  expect(await finished).toEqual({ stdout: "up\n", stderr: "", code: 0 });
});

test.each(["3", "3 from 1"])("REMSH_SUPERVISOR_FD=%s writes nothing to a socket that is another's", async (fd) => {
  const { directory, env } = project(FILES);
  const child = spawn(NODE, ["--import", "remsh/register", "app.js"], {
    cwd: directory,
    env: { ...process.env, ...env, REMSH_SUPERVISOR_FD: fd },
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const written = text(child.stdio[3] as Readable);
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(await written).toBe("");
});

test("the child of node --watch takes its parent's channel for no line of ours", async () => {
  const { directory, env } = project({ ...FILES, "app.js": "setInterval(() => {}, 60_000); console.log('up');" });
  const words = ["--watch", "--no-warnings", "--import", "remsh/register", "app.js"];
  const watching = start(NODE, words, { cwd: directory, env: { ...env, REMSH_SUPERVISOR_FD: OURS } });
  await watching.printed("up\n");
  expect(watching.output).toEqual({ stdout: "up\n", stderr: "" });
  await stop(watching, "SIGTERM");
});
