import { chmodSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { ownTimePassed, processLost } from "../../../agent/gateway/expressions/expression-errors.ts";
import { inOwnProcess } from "../../../client/terminal/own-process.ts";
import { Deadline } from "../../../client/wire/deadline.ts";
import { eventually, removeTemporary, start, stop, type Running } from "../../end-to-end/processes.ts";
import { systemProcesses } from "../../system-processes.ts";
import { bound, makeProject, type ProjectOptions, type TestProject } from "./project.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const RELEASE = `
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { task, TaskFailure } from "remsh";
import { z } from "zod";
console.log("loading");
export const Release = {
  both() { console.log("out"); console.error("err"); return { a: 1n, list: [1, 2] }; },
  seed: task({ description: "Seeds", args: z.object({ count: z.number().default(3) }), run: ({ count }, { progress }) => { progress({ done: 1 }); return "seeded " + count; } }),
  fail() { throw Object.assign(new Error("column is missing"), { code: "42703" }); },
  verdict() { throw new TaskFailure("2 pending", { exitCode: 75 }); },
  callback: () => () => {},
  nothing() {},
  forever() { createServer().listen(0); setInterval(() => {}, 1000); return "left open"; },
  written: () => new Promise((resolve) => process.stdout.write("flushed\\n", resolve)),
  pid: () => process.pid,
  env: (name) => process.env[name] ?? null,
  exit: (code) => process.exit(code),
  wait: task({ run: (_, { signal }) => { console.log("waiting"); return sleep(600_000, undefined, { signal }); } }),
  late() { console.log(process.pid); return sleep(600_000); },
  block() { console.log(process.pid); for (;;); },
  ping: () => spawnSync(process.env.REMSH_ROOT + "/bin/shop", ["ping"], { encoding: "utf8" }).stdout,
};
`;

function project(options: ProjectOptions = {}): TestProject {
  return makeProject({ files: { "release.js": RELEASE }, ...options });
}

const LEAVING = `
export const Leave = {
  sync(code) { for (let line = 0; line < 100_000; line++) console.log("line", line); console.log("last"); process.exit(code); },
  later(code) {
    setTimeout(() => { process.on("exit", (seen) => console.log("heard", seen)); console.log("last"); process.exit(code); });
    return sleep(600_000);
  },
  fail() { throw new Error("no"); },
  code() { process.exitCode = 7; return "returned"; },
};
process.on("exit", (code) => console.error("exit", code));
`;

/** What only eval shows: with rpc it is in the app's own output. */
const LOADING = "loading\n";

describe("eval", () => {
  test("and rpc differ in nothing but the process", async () => {
    const { shop, startShop } = project();
    running.push(startShop(["start"]));
    await shop("ping", "--ready", "--wait", "20s");
    const calls = [
      ["Release.both"],
      ["Release.seed"],
      ["Release.seed", "--count", "5"],
      ["Release.seed", "--count", "five"],
      ["Release.seed", "--help"],
      ["Release.fail"],
      ["Release.verdict"],
      ["Release.callback"],
      ["Release.nothing"],
      ["Release.sed"],
      ["--timeout", "5s", "Release.wait"],
      ["--timeout", "200ms", "Release.block"],
      ["--json", "Release.nothing"],
      ["Release.seed({ count: 2 })"],
      ["await Release.fail()"],
      ["-e", "await Release.seed({ count: 2 })"],
      ["--json", "--eval", "1 + 1"],
      ["1 +"],
    ];
    for (const words of calls) {
      if (words.includes("Release.block")) continue; // it would block the running app for good
      const [called, evaluated] = await Promise.all([shop("rpc", ...words), shop("eval", ...words)]);
      expect(
        { ...evaluated, stdout: withoutIds(evaluated.stdout), stderr: evaluated.stderr.replace(LOADING, "") },
        words.join(" "),
      ).toEqual({
        ...called,
        stdout: withoutIds(called.stdout),
      });
    }
    expect((await shop("eval", "Release.pid")).stdout).not.toBe((await shop("rpc", "Release.pid")).stdout);
  });

  test("works while no app runs, and starts none", async () => {
    const { shop, env } = project({
      files: { "release.js": RELEASE, "server.js": 'throw new Error("not to be started");' },
    });
    expect(await shop("eval", "Release.seed")).toEqual({ stdout: "seeded 3\n", stderr: `${LOADING}1\n`, code: 0 });
    expect(readdirSync(env.REMSH_RUNTIME_DIR ?? "")).toEqual([]);
  });

  test.each(["-e", "--eval"])("%s evaluates an expression over the tasks", async (option) => {
    const { shop } = project();
    expect(await shop("eval", option, 'print("seeding"); await Release.seed({ count: 2 })')).toEqual({
      stdout: "seeding\nseeded 2\n",
      stderr: `${LOADING}1\n`,
      code: 0,
    });
  });

  test("ends when the task has returned, whatever it has left open", async () => {
    const { shop } = project();
    expect(await shop("eval", "Release.forever")).toEqual({ stdout: "left open\n", stderr: LOADING, code: 0 });
  });

  test("calls back those who wait for their output to be written", async () => {
    expect(await project().shop("eval", "Release.written")).toMatchObject({ stdout: "flushed\n", code: 0 });
  });

  test("has the variables of the app and its command, and not its own socket", async () => {
    const { shop } = project();
    const names = { REMSH_APP: "shop", REMSH_VERSION: "1.0.0", REMSH_COMMAND: "eval", REMSH_SOCKET: "null" };
    for (const [name, value] of Object.entries(names)) {
      expect((await shop("eval", "Release.env", name)).stdout, name).toBe(`${value}\n`);
    }
  });

  test("has what rel/env.sh exports, over what the caller's environment has", async () => {
    const script = 'export DATABASE_URL="postgres://$REMSH_APP/$REMSH_COMMAND"\nUNEXPORTED=1\n';
    const { startShop } = project({ files: { "release.js": RELEASE, "rel/env.sh": script } });
    const found = async (name: string) =>
      (await startShop(["eval", "Release.env", name], { DATABASE_URL: "outer" }).finished).stdout;
    expect(await found("DATABASE_URL")).toBe("postgres://shop/eval\n");
    expect(await found("UNEXPORTED")).toBe("null\n");
  });

  test("of a task that calls the launcher, that finds the running app", async () => {
    const { shop, startShop } = project();
    running.push(startShop(["start"]));
    await shop("ping", "--ready", "--wait", "20s");
    expect((await shop("eval", "Release.ping")).stdout).toBe("pong\n\n".trimEnd() + "\n");
  });

  test("exits with the code with which its task ends the process, and all its output arrives", async () => {
    const { shop } = project({ files: { "release.js": `${RELEASE}${LEAVING}` } });
    const ended = (task: string, code: number) => `"${task}" ended its process with exit ${code}, and did not return\n`;
    const sync = await shop("eval", "Leave.sync", "5");
    expect({ lines: sync.stdout.split("\n").length, end: sync.stdout.slice(-5), code: sync.code }).toEqual({
      lines: 100_002,
      end: "last\n",
      code: 5,
    });
    expect(sync.stderr).toBe(`${LOADING}exit 5\n${ended("Leave.sync", 5)}`);
    expect(await shop("eval", "Leave.later", "6")).toMatchObject({
      stdout: "last\nheard 6\n",
      stderr: expect.stringContaining(ended("Leave.later", 6)) as string,
      code: 6,
    });
    expect(await shop("eval", "--json", "-e", "await Leave.later(0)")).toMatchObject({
      stdout: expect.stringMatching(/\{"event":"result","run":"\w+","outcome":"ended"\}\n$/) as string,
      code: 0,
    });
    expect(await shop("eval", "Leave.sync", "256"), "256 is no success").toMatchObject({ code: 1 });
  });

  test("lets listeners of its process's exit see the code, and counts that of a task that returned", async () => {
    const { shop } = project({ files: { "release.js": `${RELEASE}${LEAVING}` } });
    expect((await shop("eval", "Leave.fail")).stderr).toMatch(/threw Error: no\n(.*\n)*exit 1\n$/);
    expect(await shop("eval", "Leave.code")).toEqual({
      stdout: "returned\n",
      stderr: `${LOADING}exit 7\n"Leave.code" returned, and its process ended with exit 7\n`,
      code: 7,
    });
    expect(await shop("eval", "Release.verdict")).toMatchObject({
      stderr: `${LOADING}2 pending\nexit 75\n`,
      code: 75,
    });
  });

  test("has the app's Node options, but for those that only the app can have", async () => {
    const nodeArgs = ["--env-file=.env", "--import", "./preload.mjs", "--watch-path", "src", "--watch", "--inspect"];
    const { root, env } = project({
      files: {
        "release.js": RELEASE,
        ".env": "FROM_FILE=read\n",
        "preload.mjs": 'process.env.FROM_FILE += " and preloaded";',
      },
      remsh: { nodeArgs },
    });
    const words = ["eval", "Release.env", "FROM_FILE"];
    expect(await start(path.join(root, "bin/shop"), words, { env, cwd: "/" }).finished).toEqual({
      stdout: "read and preloaded\n",
      stderr: LOADING,
      code: 0,
    });
  });

  test("of a module that ends the process exits as that does", async () => {
    const { shop } = project({
      files: { "release.js": 'console.error("no DATABASE_URL"); process.exit(9);' },
    });
    expect(await shop("eval", "Release.one", "1")).toEqual({
      stdout: "",
      stderr: 'no DATABASE_URL\n"Release.one" ended its process with exit 9, and did not return\n',
      code: 9,
    });
  });

  test.each(["late", "block"])("of a task that ignores its deadline ends it: %s", async (task) => {
    const { shop, env } = project();
    const { stderr, stdout, code } = await shop("eval", "--timeout", "3s", `Release.${task}`);
    expect({ stderr: stderr.replace(LOADING, ""), code }).toEqual({
      stderr: `Gave up on "Release.${task}" after 3 s: the task was ended with its process\n`,
      code: 75,
    });
    expect(isAlive(Number(stdout))).toBe(false);
    expect(readdirSync(env.REMSH_RUNTIME_DIR ?? "")).toEqual([]);
  });

  test("with --json says of such a task that it stopped", async () => {
    const { stdout } = await project().shop("eval", "--json", "--timeout", "3s", "Release.late");
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      error: { code: "TIMEOUT", state: "stopped" },
      exitCode: 75,
    });
  });

  test("ends the calls of an expression with its process, too", async () => {
    const { stderr, code } = await project().shop("eval", "--timeout", "3s", "-e", "await Release.late()");
    expect(code).toBe(75);
    expect(stderr).toContain('Gave up on "await Release.late()" after 3 s: the task was ended with its process\n');
  });

  test("ends them where the expression is over a limit of its own, and says so", async () => {
    const ends: number[] = [];
    const address = { socket: "/no/such.sock", label: "shop in its eval process" };
    const own = {
      address,
      end: (code: number) => Promise.resolve(ends.push(code)),
      ownExitCode: () => Promise.resolve(0),
    };
    const name = { run: "r1", task: "Release.late(); for (;;);" };
    const remains = { run: "r1", name: name.task, started: true, running: ["Release.late"] };
    const call = { ...name, deadline: new Deadline(undefined) };
    expect(await inOwnProcess(own, ownTimePassed(remains, 10_000), call)).toMatchObject({
      message: `Gave up on "${name.task}" after 10 s of its own work: the task was ended with its process`,
      code: "TIMEOUT",
      state: "stopped",
    });
    const lost = processLost(remains, ["LIMIT_EXCEEDED", "it needs more memory than an expression may use"]);
    expect(await inOwnProcess(own, lost, call)).toMatchObject({ message: lost.message, state: "stopped" });
    expect(ends).toEqual([75, 65]);
  });

  test("a second Ctrl-C ends the process of a task that ignores the first", async () => {
    const { startShop } = project();
    const evaluating = startShop(["eval", "Release.late"]);
    await evaluating.printed("\n");
    await eventually(() => /^\d+\n$/.test(evaluating.output.stdout), "it runs");
    evaluating.child.kill("SIGINT");
    await evaluating.printed("Ctrl-C again");
    evaluating.child.kill("SIGINT");
    const { stdout, stderr, code } = await evaluating.finished;
    expect({ stderr: stderr.replace(LOADING, ""), code }).toEqual({
      stderr:
        'Cancelling "Release.late" (Ctrl-C again ends its process)\n' +
        'Cancelled "Release.late": the task was ended with its process\n',
      code: 130,
    });
    expect(isAlive(Number(stdout))).toBe(false);
  });

  test("Ctrl-C cancels the task", async () => {
    const { startShop } = project();
    const evaluating = startShop(["eval", "Release.wait"]);
    await evaluating.printed("waiting");
    evaluating.child.kill("SIGINT");
    const { stderr, code } = await evaluating.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('Cancelled "Release.wait": the task stopped');
  });

  test("whose command is killed leaves no process behind", async () => {
    const { startShop, root } = project();
    const evaluating = startShop(["eval", "Release.wait"]);
    await evaluating.printed("waiting");
    await stop(evaluating);
    await eventually(() => !systemProcesses().some(({ command }) => command.includes(root)), "it is gone");
  });

  test.each(["missing/too", ""])("exits 78 where it cannot write in the runtime directory: %s", async (below) => {
    const { root, env } = project();
    const closed = env.REMSH_RUNTIME_DIR ?? "";
    chmodSync(closed, 0o500);
    const directory = path.join(closed, below);
    const { stderr, code } = await bound(path.join(root, "bin/shop"), ["eval", "Release.seed"], {
      ...env,
      REMSH_RUNTIME_DIR: directory,
    });
    chmodSync(closed, 0o700);
    expect({ stderr, code }).toEqual({
      stderr: expect.stringMatching(
        /^Cannot listen in ".*": EACCES: .* \(set REMSH_RUNTIME_DIR to a directory that can be written\)\n$/,
      ) as string,
      code: 78,
    });
  });

  test.each<[string, ProjectOptions, string | RegExp]>([
    [
      "names no tasks",
      { remsh: { tasks: undefined } },
      'Cannot load tasks: package.json names no module of them ("remsh": { "tasks": "./release.js" })\n',
    ],
    ["names tasks that are missing", { remsh: { tasks: "lost.js" } }, /^Cannot load the app's tasks: /],
    [
      "names tasks that throw",
      { files: { "release.js": 'throw new Error("no config")' } },
      /^Cannot load the app's tasks: Error: no config/,
    ],
    [
      "has a setting that is none",
      { remsh: { task: "x" } },
      /^Cannot configure the agent: "remsh" in "\/.*\/package.json" has no setting "task"\n$/,
    ],
  ])("exits 78 where package.json %s", async (_name, options, stderr) => {
    const finished = await makeProject(options).shop("eval", "Release.one");
    expect({ stdout: finished.stdout, code: finished.code }).toEqual({ stdout: "", code: 78 });
    expect(finished.stderr).toMatch(stderr);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function withoutIds(text: string): string {
  return text.replaceAll(/"run":"\w+"/g, '"run":""');
}
