// Signals in the moments of a start in which nobody seems to listen. A preload sends them, from inside the process, at
// moments that a sender outside can only hit by chance.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { NODE, removeTemporary, temporaryDirectory, type Finished } from "../../end-to-end/processes.ts";
import { makeProject, type ProjectOptions } from "./project.ts";

afterAll(removeTemporary);

const INTERRUPTED = "Interrupted by SIGTERM before the app was started\n";

/** Sends itself SIGTERM when it has begun to listen for the SIGNAL_STAGE-th time, counted over both programs of a start. */
const WHEN_IT_LISTENS = `
  let stage = process.argv[1]?.endsWith("supervisor.cjs") ? 1 : 0;
  const { on } = process;
  process.on = function (event, listener) {
    on.call(this, event, listener);
    if (event === "SIGTERM" && ++stage === Number(process.env.SIGNAL_STAGE)) process.kill(process.pid, "SIGTERM");
    return this;
  };`;

/** Sends itself SIGTERM as soon as it has spawned the app. */
const WHEN_THE_APP_IS_SPAWNED = `
  const childProcess = require("node:child_process");
  const { spawn } = childProcess;
  childProcess.spawn = function (program, words, options) {
    const child = spawn(program, words, options);
    if (words.some((word) => word.endsWith("server.js"))) {
      require("node:fs").writeFileSync(process.env.APP_PID, String(child.pid));
      process.kill(process.pid, "SIGTERM");
    }
    return child;
  };`;

function startWith(preload: string, env: Record<string, string>, options: ProjectOptions = {}): Promise<Finished> {
  const folder = temporaryDirectory();
  const file = path.join(folder, "preload.cjs");
  writeFileSync(file, preload);
  // Not by NODE_OPTIONS: those are the app's alone.
  const node = path.join(folder, "node");
  writeFileSync(node, `#!/bin/sh\nexec "${NODE}" --require "${file}" "$@"\n`, { mode: 0o755 });
  return makeProject(options).startShop(["start"], { ...env, REMSH_NODE: node }).finished;
}

test.each(["1", "2"])("one before the app is started keeps it from being started (%s)", async (stage) => {
  expect(await startWith(WHEN_IT_LISTENS, { SIGNAL_STAGE: stage })).toEqual({
    stdout: "",
    stderr: INTERRUPTED,
    code: 143,
  });
});

test("one that comes while the last hook ends keeps the app from being started", async () => {
  const hooks = { "pre_start/10": "(sleep 0.1; kill -TERM $PPID; sleep 0.3) &\nexit 0" };
  expect(await makeProject({ hooks }).shop("start")).toEqual({ stdout: "", stderr: INTERRUPTED, code: 143 });
});

test("one right after the app was spawned stops it, with its hooks", async () => {
  const file = path.join(temporaryDirectory(), "pid");
  const hooks = { "pre_stop/10": "echo stopping", "post_stop/10": "echo stopped" };
  const { stderr, code } = await startWith(WHEN_THE_APP_IS_SPAWNED, { APP_PID: file }, { hooks });
  expect({ stderr, code: code === 0 || code === 143 }).toEqual({
    stderr: "[pre_stop.d/10] stopping\n[post_stop.d/10] stopped\n",
    code: true,
  });
  expect(() => process.kill(Number(readFileSync(file, "utf8")), 0)).toThrow("ESRCH");
});
