// `stop` where no agent answers for the app, and where the `start` beside it is stopping it, too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { appWithoutAgent } from "../../../client/lifecycle/app-without-agent.ts";
import { startUnderWay, stopStart } from "../../../client/lifecycle/stop-start.ts";
import { recordPrefix, supervisedApps } from "../../../client/lifecycle/supervised-apps.ts";
import { markOf, recordFile, writeRecord, type ProcessMark } from "../../../client/lifecycle/supervision-record.ts";
import { KnownProcess } from "../../../client/processes/known-process.ts";
import { takeLock } from "../../../client/processes/process-lock.ts";
import {
  eventually,
  removeTemporary,
  stop as end,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { makeProject, type ProjectOptions, type TestProject } from "./project.ts";

afterAll(removeTemporary);

const linux = test.runIf(process.platform === "linux");

/** Writes down that it runs, and goes on when the test says so. */
const hook = (name: string) =>
  `echo ${name} >>"$REMSH_ROOT/ran"\necho begun\nuntil [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done`;
const HOOKS = { "pre_stop/10": hook("pre_stop"), "post_stop/10": hook("post_stop") };

function started(options: ProjectOptions): TestProject & { running: Running } {
  const project = makeProject(options);
  const running = project.startShop(["start"]);
  onTestFinished(() => end(running));
  return { ...project, running };
}

const contentOf = ({ root }: TestProject, name: string) =>
  existsSync(path.join(root, name)) ? readFileSync(path.join(root, name), "utf8") : "";

linux("an app that is frozen before its agent has a socket is stopped", async () => {
  const freeze = `import { writeFileSync } from "node:fs"; writeFileSync("pid", String(process.pid)); process.kill(process.pid, "SIGSTOP");`;
  const project = started({ files: { "freeze.mjs": freeze }, remsh: { nodeArgs: ["--import", "./freeze.mjs"] } });
  await eventually(() => contentOf(project, "pid") !== "", "the app is there");
  const pid = contentOf(project, "pid");
  expect(await project.shop("stop", "--json")).toEqual({
    stdout: `${JSON.stringify({ app: "shop", instance: pid, pid: Number(pid), killed: false })}\n`,
    stderr: "",
    code: 0,
  });
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  expect(await project.running.finished).toMatchObject({ code: 143 });
});

linux("one with a socket of its own is found by that alone, and its hooks get it", async () => {
  const freeze = `import { writeFileSync } from "node:fs"; writeFileSync("pid", String(process.pid)); process.kill(process.pid, "SIGSTOP");`;
  const project = started({
    files: { "freeze.mjs": freeze },
    hooks: { "pre_stop/10": `printf %s "$REMSH_SOCKET" >"$REMSH_ROOT/ran"` },
    remsh: { nodeArgs: ["--import", "./freeze.mjs"], socket: "own.sock" },
  });
  await eventually(() => contentOf(project, "pid") !== "", "the app is there");
  const elsewhere = { REMSH_SOCKET: path.join(project.root, "another.sock") };
  expect(await project.startShop(["stop"], elsewhere).finished).toMatchObject({ stdout: "", code: 69 });
  expect(await project.shop("stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(contentOf(project, "ran")).toBe(path.join(realpathSync(project.root), "own.sock"));
  expect(await project.running.finished).toMatchObject({ code: 143 });
});

linux("an app whose agent has closed, and that has not ended, is stopped", async () => {
  const server = `
    import { startAgent } from "remsh";
    const agent = await startAgent({ tasks: { Job: { run() {} } } });
    setInterval(() => {}, 60_000);
    console.log("pid", process.pid);
    process.on("SIGUSR2", () => void agent.close().then(() => console.log("closed")));`;
  const project = started({ files: { "server.js": server } });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  project.running.child.kill("SIGUSR2");
  await project.running.printed("closed");
  expect(await project.shop("ping")).toMatchObject({ code: 69 });
  expect(await project.shop("stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 143 });
  expect(await project.shop("stop")).toMatchObject({ code: 69 });
});

linux("a stop while the first hooks run ends the start, and the hook", async () => {
  const project = started({ hooks: { "pre_start/10": `echo $$ >"$REMSH_ROOT/pid"\necho begun\nexec sleep 600` } });
  await project.running.printed("begun");
  expect(await project.shop("stop")).toEqual({
    stdout: "",
    stderr: `shop was being started by process ${project.running.child.pid}, which was ended\n`,
    code: 0,
  });
  const { stdout, code } = await project.running.finished;
  expect({ stdout, code }).toEqual({ stdout: "", code: 143 });
  await eventually(() => !existsSync(`/proc/${contentOf(project, "pid").trim()}`), "the hook has ended");
});

linux("SIGTERM to start while a stop works waits for that, and runs no hook again", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const stopping = project.startShop(["stop"]);
  await stopping.printed("begun");
  project.running.child.kill("SIGTERM");
  await project.running.printed(`shop is being stopped already, by process ${stopping.child.pid}: waits for that\n`);
  writeFileSync(path.join(project.root, "go"), "");
  expect(await stopping.finished).toMatchObject({ code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npost_stop\n");
});

linux("where that stop is killed start stops the app itself", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const stopping = project.startShop(["stop"]);
  await stopping.printed("begun");
  project.running.child.kill("SIGTERM");
  await project.running.printed("waits for that\n");
  await end(stopping);
  await project.running.printed("begun");
  writeFileSync(path.join(project.root, "go"), "");
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npre_stop\npost_stop\n");
});

linux("a stop while start works on the same waits for it, no longer than its own time, and says so", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const pid = (await project.shop("pid")).stdout.trim();
  project.running.child.kill("SIGTERM");
  await project.running.printed("begun");
  const other = project.running.child.pid;
  expect(await project.shop("stop", "--timeout", "1500ms")).toEqual({
    stdout: "",
    stderr: `shop ${pid} is being stopped already, by process ${other}: waits for that\nCannot stop shop ${pid}: process ${other} is still stopping it after 1.5 s\n`,
    code: 75,
  });
  const patient = project.startShop(["stop"]);
  await patient.printed("waits for that");
  writeFileSync(path.join(project.root, "go"), "");
  expect(await patient.finished).toMatchObject({ code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npost_stop\n");
});

linux("a stop that is interrupted while the start ends says what goes on", async () => {
  const child = spawn("sh", ["-c", "trap '' TERM; echo begun; while :; do sleep 0.1; done"], { detached: true });
  onTestFinished(() => void process.kill(-(child.pid ?? 0), "SIGKILL"));
  await once(child.stdout, "data");
  const sink = { write: () => true };
  const streams = { stdout: sink, stderr: sink, env: {} };
  const stopping = stopStart(new KnownProcess(child.pid ?? 0), { app: "shop", timeoutMs: 10_000 }, streams);
  process.emit("SIGINT", "SIGINT");
  await expect(stopping).rejects.toMatchObject({
    message: `Interrupted: process ${child.pid}, which starts shop, is still ending`,
    exitCode: 130,
  });
});

describe.runIf(process.platform === "linux")("a record is believed", () => {
  const manifest = { root: "/srv/shop", name: "shop", version: undefined, remsh: undefined };
  const project = { root: "/srv/shop", app: "shop", directory: "shop", version: "1.0.0", manifest };
  const GONE = { pid: 2 ** 30, start: "1" };

  function recordOf(app: ProcessMark, socket?: string) {
    const env = { REMSH_RUNTIME_DIR: temporaryDirectory() };
    writeRecord(recordPrefix(project, env), { supervisor: GONE, app, socket });
    return { env, file: recordFile(recordPrefix(project, env), app) };
  }

  test("for the socket that REMSH_SOCKET names, unless the caller names something else", () => {
    const { env } = recordOf(markOf(process.pid), "/run/b.sock");
    const found = (variables: object, target = {}) => appWithoutAgent(project, target, { ...env, ...variables });
    expect(found({})).toMatchObject({ process: { pid: process.pid } });
    expect(found({ REMSH_SOCKET: "/run/a.sock" })).toBe(undefined);
    expect(found({ REMSH_SOCKET: "/run/b.sock" })).toMatchObject({ address: { socket: "/run/b.sock" } });
    expect(found({ REMSH_SOCKET: "/run/a.sock" }, { app: "shop" })).toMatchObject({ process: { pid: process.pid } });
    expect(appWithoutAgent(project, {}, { ...recordOf(markOf(process.pid)).env, REMSH_SOCKET: "/run/a.sock" })).toBe(
      undefined,
    );
  });

  test("only with the start of its process", () => {
    // The system tells the start of no such process, and a signal to it would reach every process.
    const { env } = recordOf({ pid: -1 });
    expect(supervisedApps(project, env)).toEqual([]);
    const lock = path.join(env.REMSH_RUNTIME_DIR, "lock");
    writeFileSync(lock, JSON.stringify({ pid: -1 }));
    expect(startUnderWay(lock)).toBe(undefined);
  });

  test.each([
    ["an object without processes", {}],
    ["null", null],
    ["one whose socket is a number", { supervisor: GONE, app: markOf(process.pid), socket: 5 }],
    ["one whose pid is a path", { supervisor: GONE, app: { ...markOf(process.pid), pid: `self/../${process.pid}` } }],
  ])("only in its own form, and otherwise removed: %s", (_what, record) => {
    const { env, file } = recordOf(markOf(process.pid));
    writeFileSync(file, JSON.stringify(record));
    expect(supervisedApps(project, env)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  test.each([{}, null, { pid: -1 }, { pid: 2 ** 40 }, { pid: "1" }])(
    "and a lock as well: %j is held by no process",
    async (holder) => {
      const lock = path.join(temporaryDirectory(), "lock");
      writeFileSync(lock, JSON.stringify(holder));
      expect(await takeLock(lock)).toBe(true);
      expect(startUnderWay(lock)?.pid).toBe(process.pid);
    },
  );

  test.runIf(process.getuid?.() === 0)("of another user for that user's own processes, and a lock, too", async () => {
    const UID = 54_321;
    const theirs = spawn("setpriv", [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", "sleep", "600"]);
    onTestFinished(() => void theirs.kill("SIGKILL"));
    const mark = markOf(theirs.pid ?? 0);
    await eventually(() => /^sleep/.test(readFileSync(`/proc/${mark.pid}/cmdline`, "utf8")), "it has its user");
    const pidsOf = (app: ProcessMark) => {
      const { env, file } = recordOf(app);
      const lock = path.join(env.REMSH_RUNTIME_DIR, "lock");
      writeFileSync(lock, JSON.stringify(app));
      for (const each of [lock, file, env.REMSH_RUNTIME_DIR]) chownSync(each, UID, UID);
      return [supervisedApps(project, env)[0]?.process.pid, startUnderWay(lock)?.pid];
    };
    expect(pidsOf(mark)).toEqual([mark.pid, mark.pid]);
    expect(pidsOf(markOf(process.pid))).toEqual([undefined, undefined]);
  });

  test("once for an app that a start in another runtime directory has taken over", () => {
    const temporary = temporaryDirectory();
    const uid = process.getuid?.() ?? 0;
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    const own = { XDG_RUNTIME_DIR: temporaryDirectory() };
    const other = { REMSH_RUNTIME_DIR: path.join(temporary, `remsh-${uid}`) };
    for (const directory of [path.join(own.XDG_RUNTIME_DIR, "remsh"), other.REMSH_RUNTIME_DIR])
      mkdirSync(directory, { mode: 0o700 });
    const app = markOf(process.pid);
    writeRecord(recordPrefix(project, own), { supervisor: GONE, app });
    writeRecord(recordPrefix(project, other), { supervisor: markOf(process.ppid), app });
    expect(supervisedApps(project, own)).toMatchObject([{ process: app, supervisor: { pid: process.ppid } }]);
  });
});
