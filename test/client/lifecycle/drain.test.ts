import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { findRunning } from "../../../client/lifecycle/running-app.ts";
import {
  eventually,
  NODE,
  removeTemporary,
  start,
  stop,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { suspend } from "../../system-processes.ts";
import { makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";

const daemons: TestProject[] = [];
const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each)));
  await Promise.all(daemons.splice(0).map(({ startShop }) => startShop(["stop", "--timeout", "2s"], GO).finished));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };
const PONG = { stdout: "pong\n", stderr: "", code: 0 };

/** Lets the hooks below come to their end. */
const GO = { GO: "1" };
const SLOW_HOOK = '[ -z "$GO" ] || exit 0\necho begun\nexec sleep 600';

/** Tasks that go on until they are told to stop, or for ever. */
const RELEASE = `
import { setTimeout as sleep } from "node:timers/promises";
import { currentRun } from "remsh";
export const Job = {
  async polite() { console.log("at work"); await sleep(600_000, undefined, { signal: currentRun().signal }); },
  async deaf() { console.log("at work"); await sleep(600_000); },
  async short() { console.log("at work"); await sleep(700); return "done"; },
};
`;

async function daemonOf(options: ProjectOptions = {}): Promise<TestProject & { id: string; pid: number }> {
  const project = makeProject({ ...options, files: { "release.js": RELEASE, ...options.files } });
  daemons.push(project);
  expect(await project.shop("daemon")).toEqual(DONE);
  const id = (await project.shop("pid")).stdout.trim();
  return { ...project, id, pid: Number(id) };
}

async function call({ startShop }: TestProject, task: string): Promise<Running> {
  const calling = startShop(["rpc", task]);
  running.push(calling);
  await calling.printed("at work");
  return calling;
}

describe("drain and ready", () => {
  test("take the app out of its traffic and put it back", async () => {
    const { shop, id, pid } = await daemonOf();
    const drained = { app: "shop", instance: id, pid, ready: "not-ready" };
    const { stdout, code } = await shop("drain", "--json");
    expect({ code, document: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      document: { ...drained, reason: "it was drained by hand (remsh ready ends that)" },
    });
    expect(await shop("ping", "--ready")).toMatchObject({
      stderr: `shop ${id} is not-ready: it was drained by hand (remsh ready ends that)\n`,
      code: 75,
    });
    expect(await shop("ping")).toEqual(PONG);
    expect(await shop("rpc", "Job.short")).toMatchObject({ stdout: "at work\ndone\n", code: 0 });
    expect(await shop("ready")).toEqual(DONE);
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect(await shop("drain", "--for", "1s")).toEqual(DONE);
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(await shop("drain", "--for", "soon")).toMatchObject({ code: 64 });
  });

  test("of nothing exit 69; ready of an app that is not exits 75 and says why", async () => {
    const files = {
      "server.js":
        'import { startAgent } from "remsh"; setInterval(() => {}, 1000);\nlet isDown = false;\nawait startAgent({ tasks: { down() { isDown = true; } }, ready: () => { if (isDown) throw new Error("no database"); } });',
    };
    const { shop, id } = await daemonOf({ files, remsh: { tasks: undefined } });
    await shop("rpc", "down");
    expect(await shop("ready")).toEqual({ stdout: "", stderr: `shop ${id} is not-ready: no database\n`, code: 75 });
    await shop("stop");
    expect(await shop("drain")).toMatchObject({ stdout: "", code: 69 });
    expect(await shop("ready")).toMatchObject({ stdout: "", code: 69 });
  });

  test.each(["stop", "restart"])("a %s that is killed leaves an app that is ready again", async (command) => {
    const { startShop, shop } = await daemonOf({ hooks: { "pre_stop/10": SLOW_HOOK } });
    const stopping = startShop([command]);
    running.push(stopping);
    await stopping.printed("begun");
    expect(await shop("ping", "--ready")).toMatchObject({
      stderr: expect.stringContaining("is stopping") as string,
      code: 75,
    });
    stopping.child.kill("SIGKILL");
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
  });

  test("a start that is killed while it stops the app leaves one that is ready, and in post_start one that can be made so", async () => {
    const hooks = {
      "pre_stop/10": SLOW_HOOK,
      "post_start/10": '[ -e "$REMSH_ROOT/go" ] || { echo starting; exec sleep 600; }',
    };
    const { startShop, shop } = makeProject({ hooks });
    const starting = startShop(["start"]);
    await starting.printed("starting");
    starting.child.kill("SIGKILL");
    await eventually(async () => (await shop("ping", "--ready")).stderr.includes("was killed"), "its start is gone");
    const { stderr, code } = await shop("ping", "--ready");
    expect(stderr).toMatch(/^shop \d+ is starting: remsh start was killed before its post_start hooks had ended \(/);
    expect(code).toBe(75);
    expect(await shop("ready")).toEqual(DONE);
    expect(await shop("ping", "--ready")).toEqual(PONG);
    await startShop(["stop"], GO).finished;

    const again = await daemonOf({ hooks: { "pre_stop/10": SLOW_HOOK } });
    const supervisor = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${again.id}/status`, "utf8"))?.[1]);
    process.kill(supervisor, "SIGTERM");
    await eventually(async () => (await again.shop("logs")).stdout.includes("begun"), "its start stops it");
    expect(await again.shop("ping", "--ready")).toMatchObject({ code: 75 });
    process.kill(supervisor, "SIGKILL");
    expect(await again.shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
  });
});

describe("tasks in flight", () => {
  const log = ({ root }: TestProject) => readFileSync(path.join(root, "log/shop.log"), "utf8");

  test("end by themselves within the grace period, else by their signal; callers have their answers, and the app ends by itself", async () => {
    const project = await daemonOf();
    const [polite, short] = await Promise.all([call(project, "Job.polite"), call(project, "Job.short")]);
    expect(await project.shop("stop", "--timeout", "9s")).toEqual(DONE);
    expect(await short.finished).toMatchObject({ stdout: "at work\ndone\n", code: 0 });
    expect(await polite.finished).toMatchObject({ stderr: 'Cancelled "Job.polite": the task stopped\n', code: 130 });
    expect(log(project)).toMatch(/SIGTERM\n$/);
  });

  test.each(["its start", "the app itself", "an app without a start"])(
    "end when a signal tells %s to end",
    async (what) => {
      const project =
        what === "an app without a start" ? makeProject({ files: { "release.js": RELEASE } }) : await daemonOf();
      const own = { env: project.env, cwd: project.root };
      const app =
        what === "an app without a start" ? start(NODE, ["--import", "remsh/register", "server.js"], own) : undefined;
      if (app) running.push(app);
      expect(await project.shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
      const id = Number((await project.shop("pid")).stdout);
      const polite = await call(project, "Job.polite");
      const supervisor = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]);
      process.kill(what === "its start" ? supervisor : id, "SIGTERM");
      await eventually(async () => (await project.shop("ping", "--ready")).code === 75, "it is not ready any more");
      expect(await project.shop("rpc", "Job.short")).toMatchObject({
        stderr: "Cannot start a run: the app is stopping\n",
        code: 75,
      });
      expect(await polite.finished).toMatchObject({ stderr: 'Cancelled "Job.polite": the task stopped\n', code: 130 });
      await eventually(async () => (await project.shop("ping")).code === 69, "it has ended");
      if (app) expect(await app.finished).toMatchObject({ code: 0 });
    },
  );

  test("that take no notice are ended with the app at the deadline", async () => {
    const project = await daemonOf();
    const deaf = await call(project, "Job.deaf");
    expect(await project.shop("stop", "--timeout", "1500ms")).toMatchObject({ code: 137 });
    expect(await deaf.finished).toMatchObject({ code: 69 });
  });

  test("an app that outlives the signal stays stopping, and ready takes that back", async () => {
    const files = {
      "server.js": `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => console.log("no"));`,
    };
    const project = await daemonOf({ files });
    process.kill(project.pid, "SIGTERM");
    await eventually(async () => (await project.shop("ping", "--ready")).code === 75, "it has heard");
    expect(await project.shop("ready")).toEqual(DONE);
    expect(await project.shop("rpc", "Job.short")).toMatchObject({ code: 0 });
    process.kill(project.pid, "SIGTERM");
    await eventually(() => log(project).split("no\n").length === 3, "it has heard once more");
  });
});

describe("stop ends", () => {
  test.each(["stop", "restart"])("an app that is suspended, by its signal: %s", async (command) => {
    const { shop, pid } = await daemonOf();
    await suspend(pid);
    const { stdout, code } = await shop(command, "--timeout", "6s", "--json");
    expect({ code, document: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      document:
        command === "stop"
          ? { app: "shop", instance: String(pid), pid, killed: false }
          : { app: "shop", restarted: true, killed: false },
    });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    if (command === "restart") expect(await shop("ping", "--ready")).toEqual(PONG);
  });

  test("an app without descriptors, and one that is stuck before its entry has loaded, by SIGKILL", async () => {
    const leak = `import { openSync } from "node:fs"; process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
setTimeout(() => { try { for (;;) openSync("/dev/null"); } catch { console.log("out"); } }, 1000);`;
    for (const [server, said] of [
      [leak, "out"],
      ['process.on("SIGTERM", () => {}); console.log("stuck"); for (;;);', "stuck"],
    ] as const) {
      const { shop, startShop, root, env } = makeProject({ files: { "server.js": server } });
      const app = start("sh", ["-c", 'ulimit -n 64; exec "$0" "$@"', NODE, "--import", "remsh/register", "server.js"], {
        env,
        cwd: root,
      });
      running.push(app);
      await app.printed(said);
      const socket = path.join(env.REMSH_RUNTIME_DIR ?? "", `shop/${app.child.pid}.sock`);
      await eventually(() => existsSync(socket), "its agent listens");
      const began = performance.now();
      expect(
        await startShop(["stop", "--timeout", "2s"], { REMSH_INSTANCE: String(app.child.pid) }).finished,
      ).toMatchObject({ code: 137 });
      expect(performance.now() - began).toBeLessThan(8000);
      expect((await app.finished).code).toBe(null);
      expect(await shop("ping")).toMatchObject({ code: 69 });
    }
  });
});

describe("an agent that says what is not so of its process", () => {
  /** Answers as an agent would. */
  async function falseAgent(said: {
    pid: number;
    processStart?: string;
  }): Promise<{ socket: string; close: () => void }> {
    const socket = path.join(temporaryDirectory(), "false.sock");
    const process = { node: "v20.20.0", root: "/", stalledMs: 0, loopDelayMs: 0, uptimeMs: 1, rssBytes: 1, ...said };
    const answer = { status: "ok", app: "shop", version: "1", instance: "x", protocol: "remsh.v1", ...process };
    const server = createServer((_request, response) => response.end(`${JSON.stringify(answer)}\n`));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return { socket, close: () => server.close() };
  }

  test("has nobody else's process signalled", async () => {
    const other = await falseAgent({ pid: process.ppid, processStart: "1" });
    const { root } = makeProject();
    const found = findRunning("stop", { socket: other.socket }, { env: { REMSH_ROOT: root }, stderr: { write() {} } });
    await expect(found).rejects.toMatchObject({
      code: "DENIED",
      message: `Cannot stop shop x: process ${process.ppid} is not the one that answers at "${other.socket}": it began at another time`,
    });
    other.close();
  });

  test.runIf(process.getuid?.() === 0)("has no process of another user signalled, by root either", async () => {
    const { chownSync } = await import("node:fs");
    const other = await falseAgent({ pid: process.pid });
    chownSync(other.socket, 12_345, 12_345);
    const { root } = makeProject();
    const found = findRunning("stop", { socket: other.socket }, { env: { REMSH_ROOT: root }, stderr: { write() {} } });
    await expect(found).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringMatching(/process \d+ belongs to user 0, and the socket .* to user 12345$/) as string,
    });
    other.close();
  });
});
