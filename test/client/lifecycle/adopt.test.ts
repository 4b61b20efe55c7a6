// `start --adopt`: an app whose `start` was killed has one beside it again.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { AdoptedApp } from "../../../client/lifecycle/adopted-app.ts";
import { StoppableApp } from "../../../client/lifecycle/stoppable-app.ts";
import { markOf } from "../../../client/lifecycle/supervision-record.ts";
import { KnownProcess } from "../../../client/processes/known-process.ts";
import {
  eventually,
  removeTemporary,
  stop as end,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";

afterAll(removeTemporary);

/** Writes down that it runs; the one of post_start goes on when the test says so. */
const HOOKS = {
  "post_start/10": `echo post_start >>"$REMSH_ROOT/ran"\necho begun\nuntil [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done`,
  "pre_stop/10": `echo pre_stop >>"$REMSH_ROOT/ran"`,
  "post_stop/10": `echo post_stop >>"$REMSH_ROOT/ran"`,
};

interface Left extends TestProject {
  /** The app whose start was killed. */
  pid: number;
  adopt: (...words: string[]) => Running;
  ran: () => string;
}

/** An app whose start is killed: in its post_start hook, or with `isUp` after it was ready. */
async function leftAlone({ isUp = false, ...options }: ProjectOptions & { isUp?: boolean } = {}): Promise<Left> {
  const project = makeProject({ hooks: HOOKS, ...options });
  const file = (name: string) => path.join(project.root, name);
  if (isUp) writeFileSync(file("go"), "");
  const first = project.startShop(["start"]);
  if (isUp) expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  else await first.printed("begun");
  const pid = Number((await project.shop("pid")).stdout);
  onTestFinished(() => {
    if (isThere(pid)) process.kill(pid, "SIGKILL");
  });
  first.child.kill("SIGKILL");
  // Its streams are the app's, too: their end would be the app's.
  await new Promise((resolve) => first.child.once("exit", resolve));
  const adopt = (...words: string[]) => {
    const running = project.startShop(["start", "--adopt", ...words]);
    onTestFinished(() => end(running));
    return running;
  };
  const ran = () => (existsSync(file("ran")) ? readFileSync(file("ran"), "utf8") : "");
  return { ...project, pid, adopt, ran };
}

/** False also for one that has ended, and that whoever is its parent now has not waited for. */
function isThere(pid: number): boolean {
  return /^State:\t[^ZX]/m.test(contentOf(`/proc/${pid}/status`));
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it is gone
  }
}

/** Waits until the process is the app's supervisor. */
function standsBeside(supervisor: number | undefined, { env }: Pick<TestProject, "env">): Promise<void> {
  const { REMSH_RUNTIME_DIR: directory = "" } = env;
  const records = () => readdirSync(directory).filter((name) => /^app-.*[0-9]$/.test(name));
  const isNamed = (name: string) =>
    contentOf(path.join(directory, name)).includes(`"supervisor":{"pid":${supervisor},`);
  return eventually(() => records().some(isNamed), "it stands beside the app");
}

test("an app that is drained twice, as by its new supervisor, is drained no more when the stop forgets it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const address = { socket: path.join(temporaryDirectory(), "none.sock"), label: "shop 1" };
  const running = { app: "shop", instance: "1", address, process: new KnownProcess(process.pid), answers: true };
  const app = new StoppableApp(running, { stopped: new AbortController().signal, answerMs: 1000 });
  await app.drain();
  await app.drain();
  expect(vi.getTimerCount()).toBe(1);
  app.forget();
  expect(vi.getTimerCount()).toBe(0);
});

test("an app that is being stopped is told no more that it is ready", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const socket = path.join(temporaryDirectory(), "none.sock");
  const mark = markOf(child.pid ?? 0);
  const app = new AdoptedApp("shop", { ...mark, instance: "1", socket, isUp: false }, () => {});
  const told = app.callReady();
  await app.drain();
  await told;
  await app.kill();
});

describe.runIf(process.platform === "linux")("start --adopt", () => {
  test("takes over an app whose start was killed in post_start: runs the hooks, calls it ready, stops it", async () => {
    const { adopt, shop, root, pid, ran } = await leftAlone();
    await eventually(async () => (await shop("ping", "--ready")).stderr.includes("was killed"), "it says why");
    const { child, printed, finished } = adopt();
    await printed("begun");
    expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
    writeFileSync(path.join(root, "go"), "");
    expect(await shop("ping", "--ready", "--wait")).toMatchObject({ stdout: "pong\n", code: 0 });
    expect(await shop("pid")).toMatchObject({ stdout: `${pid}\n` });
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ code: 0 });
    expect(isThere(pid)).toBe(false);
    expect(ran()).toBe("post_start\npost_start\npre_stop\npost_stop\n");
  });

  test("of one that was ready runs no hook again, and says when it has ended by itself, exit 69", async () => {
    const app = await leftAlone({ isUp: true });
    const { adopt, pid, ran } = app;
    const { finished, child } = adopt();
    await standsBeside(child.pid, app);
    process.kill(pid, "SIGTERM");
    const { stderr, code } = await finished;
    expect({ stderr, code }).toEqual({
      stderr: "shop has ended, with which exit code is not known: another process had started it\n",
      code: 69,
    });
    expect(ran()).toBe("post_start\n");
  });

  test("kills one that does not end, exit 137", async () => {
    const stubborn = `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => {});`;
    const app = await leftAlone({
      isUp: true,
      files: { "server.js": stubborn },
      remsh: { stopTimeout: "1s" },
    });
    const { finished, child } = app.adopt();
    await standsBeside(child.pid, app);
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ code: 137 });
    expect(isThere(app.pid)).toBe(false);
  });

  test("stops it with the hook's exit code where a post_start hook fails", async () => {
    const failing = `[ -e "$REMSH_ROOT/go" ] && exit 3\necho begun\nsleep 600`;
    const { adopt, root, pid } = await leftAlone({ hooks: { "post_start/10": failing } });
    writeFileSync(path.join(root, "go"), "");
    expect(await adopt().finished).toMatchObject({ code: 3 });
    expect(isThere(pid)).toBe(false);
  });

  test("runs the post_start hooks when a drain has hidden that they had not ended", async () => {
    const hooks = { ...HOOKS, "pre_stop/10": "echo begun\nsleep 600" };
    const { adopt, shop, startShop, root, ran } = await leftAlone({ hooks });
    const stopping = startShop(["stop"]);
    await stopping.printed("begun");
    expect(await shop("daemon", "--adopt", "--wait", "1s")).toMatchObject({ code: 75 });
    expect(ran()).toBe("post_start\n");
    stopping.child.kill("SIGINT");
    await stopping.finished;
    await eventually(() => ran() === "post_start\npost_start\n", "the hook runs again");
    writeFileSync(path.join(root, "go"), "");
    expect(await shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
    expect(await adopt().finished).toMatchObject({ code: 75 });
    expect(await shop("stop", "--no-hooks")).toMatchObject({ code: 0 });
  });

  test("takes over one that was ready while it is drained, without a hook", async () => {
    const { shop, ran } = await leftAlone({ isUp: true });
    expect(await shop("drain")).toMatchObject({ code: 0 });
    expect(await shop("daemon", "--adopt")).toMatchObject({ code: 0 });
    expect(ran()).toBe("post_start\n");
    expect(await shop("stop", "--no-hooks")).toMatchObject({ code: 0 });
  });

  test("takes over one from another runtime directory, once", async () => {
    // Of a name that no other test gives its app: the search finds those, too.
    const manifest = { name: "elsewhere", version: "1.0.0", type: "module" };
    const settings = { entry: "server.js", tasks: "release.js" };
    const project = makeProject({ files: { "package.json": JSON.stringify({ ...manifest, remsh: settings }) } });
    const from = () => ({ REMSH_RUNTIME_DIR: "", REMSH_APP: "elsewhere", XDG_RUNTIME_DIR: temporaryDirectory() });
    const [login, cron] = [from(), from()];
    const first = project.startShop(["start"], login);
    onTestFinished(async () => void (await project.startShop(["stop"], login).finished));
    expect(await project.startShop(["ping", "--ready", "--wait"], login).finished).toMatchObject({ code: 0 });
    first.child.kill("SIGKILL");
    await new Promise((resolve) => first.child.once("exit", resolve));
    const { child } = project.startShop(["start", "--adopt"], cron);
    const REMSH_RUNTIME_DIR = path.join(login.XDG_RUNTIME_DIR, "remsh");
    await standsBeside(child.pid, { env: { REMSH_RUNTIME_DIR } });
    expect(await project.startShop(["daemon", "--adopt"], cron).finished).toMatchObject({
      stderr: expect.stringMatching(/^Cannot start elsewhere: it runs here already, as \d+ \(/) as string,
      code: 75,
    });
  });

  test("starts the app where there is none; and daemon takes one over in the background", async () => {
    const project = makeProject();
    const first = project.startShop(["start", "--adopt"]);
    await first.printed("open");
    expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
    const { stdout: pid } = await project.shop("pid");
    first.child.kill("SIGKILL");
    await new Promise((resolve) => first.child.once("exit", resolve));
    expect(await project.shop("daemon")).toMatchObject({
      stderr: expect.stringContaining("daemon --adopt takes over") as string,
      code: 75,
    });
    expect(await project.shop("daemon", "--adopt")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await project.shop("pid")).toMatchObject({ stdout: pid });
    expect(await project.shop("daemon", "--adopt")).toMatchObject({ code: 75 });
    expect(await project.shop("stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  });
});
