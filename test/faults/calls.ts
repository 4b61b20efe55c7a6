// Kills processes around a call: the caller, the app, its gateway, and the process in which an expression is evaluated.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, NODE, start, startApp, startRemsh, stop, type Running } from "../end-to-end/processes.ts";
import { makeProject, type TestProject } from "../client/lifecycle/project.ts";
import { systemProcesses } from "../system-processes.ts";
import { assertHonest, durationOf, killAfter, nothingIsLeft, stopped, type Fault } from "./fault.ts";

const LINES = 40;
const RELEASE = `
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export const Job = {
  /** Writes lines to a file, and prints them. */
  async work(file) {
    for (let line = 0; line < ${LINES}; line++) {
      appendFileSync(file, line + "\\n");
      console.log("line " + line);
      await sleep(10);
    }
    return "done";
  },
  sleep: (ms) => sleep(ms),
};
`;

/** The whole output of a call that was not interrupted. */
const ALL = `${Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join("")}done\n`;

const linesIn = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0);

/** The caller is killed: its run continues to its end, and the next caller finds the app as before. */
export const client: Fault = {
  victim: "client",
  async open() {
    const project = makeProject({ files: { "release.js": RELEASE } });
    assertHonest(await project.shop("daemon"), [0]);
    const file = path.join(project.root, "lines");
    const call = () => project.startShop(["rpc", "Job.work", file]);
    const usual = await durationOf(() => call().finished);
    return {
      async round(random) {
        rmSync(file, { force: true });
        const hit = await killAfter(call(), random() * usual);
        await eventually(
          async () => (await project.shop("runs")).stdout === "no runs in flight\n",
          "the run has ended",
        );
        assert([0, LINES].includes(linesIn(file)), `the run was cut: ${linesIn(file)} lines`);
        if (!existsSync(file)) assert.equal((await call().finished).stdout, ALL);
        return hit;
      },
      close: () => stopped(project),
    };
  },
};

/**
 * The app is killed: exit 0 means that all output arrived, any other code that the outcome is unknown. The next start
 * works.
 */
export const app: Fault = {
  victim: "app",
  async open() {
    const project = makeProject({ files: { "release.js": RELEASE } });
    const file = path.join(project.root, "lines");
    const begin = () =>
      start(NODE, ["--import", "remsh/register", "server.js"], { env: project.env, cwd: project.root });
    const call = () => project.shop("rpc", "Job.work", file);
    const first = await up(project, begin());
    const usual = await durationOf(call);
    await stop(first);
    return {
      async round(random) {
        const running = await up(project, begin());
        const calling = call();
        const hit = await killAfter(running, random() * usual);
        const called = await calling;
        assertHonest(called, [0, 69]);
        if (called.code === 0) assert.equal(called.stdout, ALL);
        else
          assert.match(called.stderr, /may or may not have finished|does not run|did not start|nothing listens|gone/);
        await stop(running);
        return hit;
      },
      close: () => nothingIsLeft(project),
    };
  },
};

async function up(project: TestProject, running: Running): Promise<Running> {
  assertHonest(await project.shop("ping", "--wait", "60s"), [0]);
  return running;
}

/** The gateway is killed: a call is answered, or reported as lost, and the app answers the next one. */
export const gateway: Fault = {
  victim: "gateway",
  async open() {
    const fragile = await startApp("fragile.mjs");
    const call = () => startRemsh(["rpc", "Job.wait", "300"], { env: fragile.env });
    const usual = await durationOf(() => call().finished);
    return {
      async round(random) {
        const calling = call();
        await sleep(random() * usual);
        const hit = calling.child.exitCode === null;
        await fetch(`http://127.0.0.1:${fragile.port}/end-gateway`);
        const called = await calling.finished;
        assertHonest(called, [0, 69]);
        if (called.code === 0) assert.equal(called.stdout, "waited\n");
        await eventually(async () => (await fragile.remsh("ping")).code === 0, "it answers again");
        return hit;
      },
      close: () => fragile.stop(),
    };
  },
};

/** The expression's process is killed: the expression has failed, and nothing is left of it. */
export const sandbox: Fault = {
  victim: "sandbox",
  async open() {
    const project = makeProject({ files: { "release.js": RELEASE } });
    assertHonest(await project.shop("daemon"), [0]);
    const pid = Number((await project.shop("pid")).stdout);
    const sandboxes = () => systemProcesses().filter(({ parent, command }) => parent === pid && command !== "");
    const call = () => project.startShop(["rpc", "await Job.sleep(150); 7"]);
    const usual = await durationOf(() => call().finished);
    return {
      async round(random) {
        const calling = call();
        await sleep(random() * usual);
        const found = sandboxes();
        for (const each of found) killIfThere(each.pid);
        const called = await calling.finished;
        assertHonest(called, [0, 1, 69, 70, 75]);
        if (called.code === 0) assert.equal(called.stdout, "7\n");
        await eventually(() => sandboxes().length === 0, "no sandbox is left");
        return found.length > 0;
      },
      close: () => stopped(project),
    };
  },
};

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It had already ended.
  }
}
