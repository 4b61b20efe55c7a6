import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  eventually,
  NODE,
  removeTemporary,
  start,
  stop,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { parentOf } from "../../system-processes.ts";
import { bound, makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";
import { residentMiB, supervisorLimitMiB } from "./resident.ts";

const daemons: TestProject[] = [];
const running: Running[] = [];
afterEach(async () => {
  await Promise.all(daemons.splice(0).map((project) => project.shop("stop", "--timeout", "2s")));
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };
const PONG = { stdout: "pong\n", stderr: "", code: 0 };

function project(options: ProjectOptions = {}): TestProject {
  const made = makeProject(options);
  daemons.push(made);
  return made;
}

async function daemonOf(options: ProjectOptions = {}): Promise<TestProject> {
  const made = project(options);
  expect(await made.shop("daemon")).toEqual(DONE);
  return made;
}

/** Takes no notice of SIGTERM. */
const STUBBORN = `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => {});`;

describe("daemon", () => {
  test("leaves a supervisor under 45 MiB behind", async () => {
    const { shop } = await daemonOf();
    expect(residentMiB(parentOf(Number((await shop("pid")).stdout)))).toBeLessThan(await supervisorLimitMiB());
  });

  test("returns 0 when the app is ready, with its output in a log", async () => {
    const { shop, root } = await daemonOf({ hooks: { "post_start/10": "shop rpc Release.migrate" } });
    expect(await shop("ping", "--ready")).toEqual(PONG);
    const log = "open []\nmigrating\n[post_start.d/10] migrating\n[post_start.d/10] migrated\n";
    expect(sorted(readFileSync(path.join(root, "log/shop.log"), "utf8"))).toEqual(sorted(log));
    expect(sorted((await shop("logs")).stdout)).toEqual(sorted(log));
    expect((await shop("logs", "-n", "1")).stdout).toBe("[post_start.d/10] migrated\n");
  });

  test("of an app that ends, exits with its code and prints the end of its log", async () => {
    const { shop, root } = project({ files: { "server.js": 'console.log("trying"); process.exit(9);' } });
    expect(await shop("daemon")).toEqual({
      stdout: "",
      stderr: `trying\nCannot start shop: it ended with exit 9 before it was ready (its log is "${root}/log/shop.log")\n`,
      code: 9,
    });
  });

  test("of a hook that fails, exits with its code", async () => {
    const { shop } = project({ hooks: { "post_start/10": "shop rpc Release.fail" } });
    const { stderr, code } = await shop("daemon");
    expect(code).toBe(1);
    expect(stderr).toContain('"Release.fail" threw Error: column is missing');
    expect(await shop("ping")).toMatchObject({ code: 69 });
  });

  test("of an app that cannot have its agent, says why at once and exits 78", async () => {
    const mistyped = project({ remsh: { stopTimout: "5s" } });
    expect(await mistyped.shop("daemon")).toMatchObject({
      stderr: expect.stringContaining(
        `shop cannot have its agent, and is stopped: Cannot configure the agent: "remsh" in "${mistyped.root}/package.json" has no setting "stopTimout"\n`,
      ) as string,
      code: 78,
    });
    const { root, startShop, env } = project({ remsh: { tasks: undefined, entry: "own.js" } });
    const own = `import { startAgent } from "remsh"; setInterval(() => {}, 1000); await startAgent({ tasks: { hi() {} } });`;
    writeFileSync(path.join(root, "own.js"), own);
    const long = path.join(env.REMSH_RUNTIME_DIR ?? "", "x".repeat(90));
    expect(await startShop(["start"], { REMSH_RUNTIME_DIR: long }).finished).toMatchObject({
      stderr: expect.stringMatching(
        /^shop cannot have its agent, and is stopped: Cannot use the socket .* its path has/,
      ) as string,
      code: 78,
    });
  });

  test("exits 75 when the app is not ready in time, and leaves it starting", async () => {
    const { shop } = project({ hooks: { "post_start/10": 'until [ -e "$REMSH_ROOT/go" ]; do sleep 0.05; done' } });
    const { stderr, code } = await shop("daemon", "--wait", "1s");
    expect({ stderr, code }).toMatchObject({
      code: 75,
      stderr: expect.stringContaining(
        "shop is not ready after 1 s (it waits for its hook post_start.d/10), and is still starting",
      ) as string,
    });
    expect(await shop("ping", "--wait", "20s")).toEqual(PONG);
  });

  test("does not take a file that is gone for an app that is ready", async () => {
    const hooks = { "pre_start/10": 'rm "$REMSH_RUNTIME_DIR"/daemon-*\nsleep 0.3\nexit 3' };
    expect(await project({ hooks }).shop("daemon")).toMatchObject({ code: 3 });
  });

  test("leaves no file behind, and one that is interrupted leaves none beyond the app's end", async () => {
    const hooks = { "post_start/10": 'until [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done' };
    const { startShop, shop, root, env } = project({ hooks });
    const files = () => readdirSync(env.REMSH_RUNTIME_DIR ?? "").filter((name) => name.startsWith("daemon-"));
    const first = startShop(["daemon"]);
    expect(await shop("ping", "--wait", "20s")).toEqual(PONG);
    expect(files()).toEqual([expect.stringMatching(/^daemon-[0-9a-f]{16}$/)]);
    first.child.kill("SIGINT");
    expect(await first.finished).toEqual({
      stdout: "",
      stderr: `Interrupted: shop is still starting: its log is "${root}/log/shop.log"\n`,
      code: 130,
    });
    writeFileSync(path.join(root, "go"), "");
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    await shop("stop");
    await eventually(() => files().length === 0, "the interrupted daemon's file is gone");
    expect(await shop("daemon")).toEqual(DONE);
    expect(files()).toEqual([]);
  });

  test("beside a running instance, and one of the same name, exits 75; start makes one more, and says so", async () => {
    const { shop, startShop } = await daemonOf();
    const id = (await shop("pid")).stdout.trim();
    expect(await shop("daemon")).toEqual({
      stdout: "",
      stderr: `Cannot start shop: it runs here already, as ${id} (restart it, or name one more with --instance)\n`,
      code: 75,
    });
    const more = startShop(["start"]);
    running.push(more);
    await more.printed("open");
    expect(more.output.stderr).toBe(`shop runs here already, as ${id}: this is one more instance\n`);
    await stop(more, "SIGTERM");
    const second = await startShop(["daemon", "--json"], { REMSH_INSTANCE: "two" }).finished;
    expect(second).toMatchObject({ stderr: "", code: 0 });
    const { instance } = JSON.parse(second.stdout) as { instance: string };
    expect(await shop("--instance", instance, "daemon")).toMatchObject({ stdout: "", code: 75 });
    expect(await shop("--instance", instance, "stop")).toEqual(DONE);
  });

  test("whose start cannot be spawned says so at once, and leaves nothing behind", async () => {
    const { startShop, env } = project();
    const folder = temporaryDirectory();
    const node = path.join(folder, "node");
    const gone = path.join(folder, "gone.cjs");
    writeFileSync(gone, `require("node:fs").rmSync(process.execPath);`);
    const first = path.join(folder, "first");
    writeFileSync(first, `#!/bin/sh\nexec "${node}" --require "${gone}" "$@"\n`, { mode: 0o755 });
    for (const [words, action] of [
      [["daemon"], "start shop"],
      [["eval", "Release.migrate"], "call a task of shop"],
    ] as const) {
      copyFileSync(NODE, node);
      expect(await startShop([...words], { REMSH_NODE: first }).finished).toEqual({
        stdout: "",
        stderr: `Cannot ${action}: spawn ${node} ENOENT\n`,
        code: 78,
      });
      expect(readdirSync(env.REMSH_RUNTIME_DIR ?? "")).toEqual([]);
    }
  });

  test("says what it cannot write", async () => {
    const { root, env } = project();
    chmodSync(env.REMSH_RUNTIME_DIR ?? "", 0o500);
    expect(await bound(path.join(root, "bin/shop"), ["daemon"], env)).toMatchObject({
      stderr: expect.stringMatching(
        /^Cannot wait for the app in ".*": EACCES: .* \(set REMSH_RUNTIME_DIR to a directory that can be written\)\n$/,
      ) as string,
      code: 78,
    });
    chmodSync(env.REMSH_RUNTIME_DIR ?? "", 0o700);
    expect(await makeProject({ remsh: { log: { file: "server.js/own.log" } } }).shop("daemon")).toMatchObject({
      stderr: expect.stringMatching(/^Cannot write the log ".*\/server\.js\/own\.log": E.*\n$/) as string,
      code: 78,
    });
  });

  test("in a tree that cannot be written keeps its log in the runtime directory", async () => {
    const { root, env } = project();
    chmodSync(root, 0o555);
    expect(await bound(path.join(root, "bin/shop"), ["daemon"], env)).toEqual(DONE);
    expect(existsSync(path.join(env.REMSH_RUNTIME_DIR ?? "", "shop.log"))).toBe(true);
    expect(existsSync(path.join(root, "log"))).toBe(false);
    chmodSync(root, 0o755);
  });

  test("keeps its log within its size, and the last ones", async () => {
    const release = `export const Log = { fill: (bytes) => { console.log("x".repeat(bytes)); } };`;
    const files = { "release.js": release };
    const { shop, root } = await daemonOf({ files, remsh: { log: { file: "own.log", maxBytes: 1000, keep: 2 } } });
    const file = path.join(root, "own.log");
    for (const bytes of [2001, 2002, 2003]) {
      await shop("rpc", "Log.fill", String(bytes));
      await eventually(() => statSync(file).size === 0 && existsSync(`${file}.1`), "the log is rotated");
    }
    expect([1, 2].map((number) => statSync(`${file}.${number}`).size)).toEqual([2004, 2003]);
    expect(existsSync(`${file}.3`)).toBe(false);
  });

  test("goes on when its supervisor is killed", async () => {
    const { shop } = await daemonOf();
    process.kill(parentOf(Number((await shop("pid")).stdout)), "SIGKILL");
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect(await shop("stop")).toEqual(DONE);
  });
});

test("logs --follow goes on with what is added, also after the log was emptied", async () => {
  const { startShop, root } = await daemonOf();
  const following = startShop(["logs", "-f"]);
  running.push(following);
  await following.printed("open []");
  const file = path.join(root, "log/shop.log");
  writeFileSync(file, "and on\n", { flag: "a" });
  await following.printed("and on\n");
  writeFileSync(file, "anew\n");
  await following.printed("anew\n");
});

test.each(["renamed", "removed"])("logs --follow goes on with the next file of a log that was %s", async (what) => {
  const { startShop, root } = await daemonOf();
  const following = startShop(["logs", "-f"]);
  running.push(following);
  await following.printed("open []");
  const file = path.join(root, "log/shop.log");
  writeFileSync(file, "last words\n", { flag: "a" });
  if (what === "renamed") renameSync(file, `${file}.1`);
  else rmSync(file);
  await following.printed("last words\n");
  writeFileSync(file, "anew\n");
  await following.printed("anew\n");
  writeFileSync(file, "and on\n", { flag: "a" });
  await following.printed("and on\n");
  expect(following.output.stdout).toMatch(/last words\nanew\nand on\n$/);
});

test("logs --follow ends with exit code 0 when its reader is gone and a line comes", async () => {
  const { startShop, root } = await daemonOf();
  const following = startShop(["logs", "-f"]);
  running.push(following);
  await following.printed("open []");
  following.child.stdout?.destroy();
  writeFileSync(path.join(root, "log/shop.log"), "for nobody\n", { flag: "a" });
  expect(await following.finished).toMatchObject({ stderr: "", code: 0 });
});

test("logs exits 69 where there is no log", async () => {
  const { shop, root } = makeProject();
  expect(await shop("logs")).toEqual({
    stdout: "",
    stderr: `Cannot show the log of shop: there is none at "${root}/log/shop.log"\n`,
    code: 69,
  });
});

test("logs exits 77 where this user may not read the log", async () => {
  const { root, env } = makeProject({ files: { "log/shop.log": "secret\n" } });
  const file = path.join(root, "log/shop.log");
  chmodSync(file, 0o000);
  expect(await bound(path.join(root, "bin/shop"), ["logs"], env)).toEqual({
    stdout: "",
    stderr: `Cannot show the log of shop: this user may not read "${file}"\n`,
    code: 77,
  });
});

test("what the system refuses is told as one sentence, and is no fault of remsh", async () => {
  const { shop } = makeProject({ files: { "log/shop.log/in-the-way": "" } });
  expect(await shop("logs")).toEqual({
    stdout: "",
    stderr: "Cannot run the command: EISDIR: illegal operation on a directory, read\n",
    code: 78,
  });
  const { stdout } = await shop("--json", "logs");
  expect(JSON.parse(stdout)).toMatchObject({ error: { family: "command", code: "CONFIG" }, exitCode: 78 });
});

describe("stop", () => {
  test("of an app that the signal itself ends leaves no socket behind", async () => {
    const files = { "server.js": `${SERVER}process.removeAllListeners("SIGTERM");` };
    const { shop } = await daemonOf({ files });
    expect(await shop("stop")).toEqual(DONE);
    const { stderr, code } = await shop("stop");
    expect(stderr).toMatch(/^Cannot reach shop: it does not run here \(nothing listens in ".*"\)\n$/);
    expect(code).toBe(69);
  });

  test("returns when the process is gone, with its hooks around that", async () => {
    const hooks = {
      "pre_stop/10": 'shop ping; shop ping --ready || kill -0 "$REMSH_PID" && echo runs',
      "post_stop/10": 'kill -0 "$REMSH_PID" 2>/dev/null || echo gone',
    };
    const { shop } = await daemonOf({ hooks });
    const id = Number((await shop("pid")).stdout);
    const { stderr, code, stdout } = await shop("stop");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(
      /^\[pre_stop\.d\/10\] pong\n\[pre_stop\.d\/10\] shop \d+ is stopping\n\[pre_stop\.d\/10\] runs\n\[post_stop\.d\/10\] gone\n$/,
    );
    expect(() => process.kill(id, 0)).toThrow("ESRCH");
  });

  test("of an app whose parent does not wait for its end returns all the same", async () => {
    const { shop, root, env } = makeProject();
    const script = '"$NODE" --import remsh/register server.js & exec sleep 600';
    const parent = start("sh", ["-c", script], { env: { ...env, NODE }, cwd: root });
    running.push(parent);
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    const id = Number((await shop("pid")).stdout);
    expect(await shop("stop")).toEqual(DONE);
    // It still has its id.
    expect(process.kill(id, 0)).toBe(true);
    expect(parent.output.stdout).toBe("open []\nSIGTERM\n");
  });

  test("exits 69 when nothing runs", async () => {
    expect(await makeProject().shop("stop")).toMatchObject({ stdout: "", code: 69 });
  });

  test("kills at the deadline, and says so", async () => {
    const { shop } = await daemonOf({ files: { "server.js": STUBBORN } });
    const id = (await shop("pid")).stdout.trim();
    expect(await shop("stop", "--timeout", "300ms")).toEqual({
      stdout: "",
      stderr: `shop ${id} did not end within 300 ms, and was killed\n`,
      code: 137,
    });
    expect(await shop("ping")).toMatchObject({ code: 69 });
  });

  test("of an app in the foreground, ends its start with the app's code", async () => {
    const { startShop, shop } = makeProject();
    const started = startShop(["start"]);
    running.push(started);
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(await shop("stop")).toEqual(DONE);
    expect((await started.finished).code).toBe(0);
  });

  test("of a stuck app still kills it", async () => {
    const release = "export const Job = { block() { for (;;); } };";
    const { shop, startShop } = await daemonOf({ files: { "release.js": release } });
    running.push(startShop(["rpc", "Job.block"]));
    await eventually(async () => (await shop("ping")).code === 75, "the app is stuck");
    expect(await shop("stop", "--timeout", "300ms")).toMatchObject({ code: 137 });
  });

  test("of two instances wants a name", async () => {
    const { shop, startShop } = await daemonOf();
    expect(await startShop(["daemon"], { REMSH_INSTANCE: "two" }).finished).toEqual(DONE);
    expect(await shop("stop")).toMatchObject({ code: 64 });
    expect(await shop("--instance", "two", "stop")).toEqual(DONE);
    expect(await shop("stop")).toEqual(DONE);
  });
});

test("daemon, restart and stop have documents", async () => {
  const { startShop, shop, root, env } = project();
  const json = async (...words: string[]) => {
    const { stdout, stderr, code } = await startShop([...words, "--json"]).finished;
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  /** The document of the app as it runs now. */
  const document = async () => {
    const pid = Number((await shop("pid")).stdout);
    const socket = path.join(env.REMSH_RUNTIME_DIR ?? "", `shop/${pid}.sock`);
    return { app: "shop", version: "1.0.0", instance: String(pid), pid, socket };
  };
  const log = path.join(root, "log/shop.log");
  expect(await json("daemon")).toEqual({ ...(await document()), log });
  const first = await document();
  expect(await json("restart")).toEqual({ ...(await document()), log, restarted: true, killed: false, keeps: [] });
  const { pid, instance, ...second } = await document();
  expect(pid).not.toBe(first.pid);
  expect(await json("restart", "--if-changed")).toEqual({ ...second, pid, instance, restarted: false });
  expect(await json("stop")).toEqual({ app: "shop", instance, pid, killed: false });
});

test("start tells systemd when it is ready and when it stops", async () => {
  const bin = temporaryDirectory();
  const file = path.join(bin, "told");
  writeFileSync(path.join(bin, "systemd-notify"), `#!/bin/sh\necho "$*" >>"${file}"\n`, { mode: 0o755 });
  const { startShop } = makeProject();
  const started = startShop(["start"], { NOTIFY_SOCKET: "/run/x", PATH: `${bin}:${process.env.PATH}` });
  running.push(started);
  await eventually(() => existsSync(file), "systemd was told");
  started.child.kill("SIGTERM");
  await started.finished;
  const pid = String(started.child.pid);
  await eventually(
    () => readFileSync(file, "utf8") === `--ready --pid=${pid}\nSTOPPING=1\n`,
    "systemd was told of the stop",
  );
});

/** The app and its hooks write to one file, in no certain order. */
function sorted(text: string): string[] {
  return text.split("\n").sort();
}
