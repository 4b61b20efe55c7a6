// Processes that the system refuses to start by an error that Node throws at once, such as that of too large an
// environment. Node emits most other errors later.
import { chmodSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "../../../client/hooks/run-command.ts";
import { announceStart } from "../../../client/lifecycle/announce-start.ts";
import { startEvalProcess } from "../../../client/lifecycle/eval-process.ts";
import { runPhase } from "../../../client/lifecycle/phase-process.ts";
import { findProject } from "../../../client/project/project.ts";
import { Deadline } from "../../../client/wire/deadline.ts";
import { removeTemporary } from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

/** More than any system takes for one variable. */
const TOO_LARGE = { LARGE: "x".repeat(2 ** 22) };

function tooLarge() {
  const { root, env } = makeProject({ hooks: { "post_start/10": "true" }, remsh: { tasks: "./tasks.js" } });
  const large = { ...env, ...TOO_LARGE, REMSH_ROOT: root, NOTIFY_SOCKET: path.join(root, "notify.sock") };
  let stderr = "";
  const streams = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => ((stderr += text), true) },
    env: large,
  };
  return { root, streams, env: large, said: () => stderr };
}

test("a command of the app that cannot be spawned is a failure with 78", async () => {
  const { root, streams } = tooLarge();
  const file = path.join(root, "package.json");
  chmodSync(file, 0o755);
  await expect(runCommand({ name: "backup", file, words: [] }, streams)).rejects.toMatchObject({
    message: 'Cannot run "rel/commands/backup": spawn E2BIG',
    exitCode: 78,
  });
});

test("a process of eval that cannot be spawned is a failure with 78", async () => {
  const { env } = tooLarge();
  const limit = { deadline: new Deadline(), late: () => new Error("late") };
  await expect(startEvalProcess({ project: findProject({}, env), env }, limit)).rejects.toMatchObject({
    message: "Cannot call a task of shop: spawn E2BIG",
    exitCode: 78,
  });
});

test("hooks whose process cannot be spawned fail with 78, and the supervisor says so", async () => {
  const { root, streams, said } = tooLarge();
  const plan = {
    ...{
      app: "shop",
      root,
      command: [],
      words: [],
      variables: {},
      withHooks: true,
      hookTimeoutMs: 1000,
      onFailure: "stop" as const,
    },
    ...{ stopTimeoutMs: 1000, lock: path.join(root, "lock"), record: path.join(root, "record") },
  };
  const { ended, end } = runPhase({ phase: "post_start", plan, begins: () => {}, variables: {}, streams });
  expect(await ended).toBe(78);
  expect(said()).toBe("Cannot run the hooks of post_start: spawn E2BIG\n");
  end();
});

test("an app whose start cannot notify systemd runs without that", () => {
  const { env } = tooLarge();
  expect(() => announceStart(env, undefined).stopping()).not.toThrow();
});
