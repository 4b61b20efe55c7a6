// The command line around the calls: help, usage, names, the commands that print one thing.
import { readFileSync } from "node:fs";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REMSH, remsh, removeTemporary, startApp, temporaryDirectory, type App } from "./processes.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

function usage(reason: string) {
  return { stdout: "", stderr: `Cannot run the command: ${reason}\n`, code: 64 };
}

/** A folder with this package.json. */
function projectOf(manifest: string): string {
  const directory = temporaryDirectory();
  writeFileSync(path.join(directory, "package.json"), manifest);
  mkdirSync(path.join(directory, "deep/er"), { recursive: true });
  return directory;
}

describe("used wrongly, the command line exits 64:", () => {
  test.each([
    [["pnig"], 'unknown command "pnig" (did you mean "ping"?)'],
    [["Release.migrate"], 'unknown command "Release.migrate" (did you mean "remsh rpc Release.migrate"?)'],
    [
      ["--any", "Release.rollback", "--to", "3"],
      'unknown command "Release.rollback" (did you mean "remsh rpc Release.rollback"?)',
    ],
    [["ping", "extra"], 'too many arguments for "ping": expected 0 arguments but got 1'],
    [["rpc"], 'missing required argument "task"'],
    [["--nope", "ping"], 'unknown option "--nope"'],
    [["ping", "--redy"], 'unknown option "--redy" (did you mean "--ready"?)'],
    [["cancel", "--wait"], 'option "--wait <duration>" argument missing'],
  ])("%j", async (words, reason) => {
    expect(await remsh(words)).toEqual(usage(reason));
  });

  test.each([
    [["ping", "--wait", "soon"], 'Cannot read --wait "soon": write it as 300ms, 30s, 5m or 2h'],
    [["rpc", "--timeout", "900h", "x"], 'Cannot read --timeout "900h": the longest duration is 24 days'],
    [["stop", "--timeout", "3"], 'Cannot read --timeout "3": write it as 300ms, 30s, 5m or 2h'],
    [["rpc", "-e", " "], "Cannot run the command: the expression of --eval is empty"],
    [["rpc", "-e"], 'Cannot run the command: option "-e, --eval <source>" argument missing'],
    [["remote", "-e", "1", "-e", "2"], "Cannot run the command: --eval is given twice (put both into one expression)"],
    [["rpc", "-e", "1", "--eval", "2"], "Cannot run the command: --eval is given twice (put both into one expression)"],
    [
      ["rpc", "-e", "Release.add(1,", "2)"],
      'Cannot run the command: "2)" follows the expression of --eval (put all of it in one pair of quotes)',
    ],
    [["eval"], 'Cannot run the command: missing required argument "task"'],
    [
      ["eval", "-e", "1", "Release.migrate"],
      'Cannot run the command: "Release.migrate" follows the expression of --eval (put all of it in one pair of quotes)',
    ],
    [["completion", "toString"], 'Cannot complete for "toString": there are scripts for bash, zsh and fish'],
  ])("%j", async (words, sentence) => {
    expect(await remsh(words)).toEqual({ stdout: "", stderr: `${sentence}\n`, code: 64 });
  });

  test("an expression of --eval that is only a name exits 65", async () => {
    expect(await remsh(["rpc", "-e", "Release.migrate"])).toEqual({
      stdout: "",
      stderr:
        'Cannot evaluate "Release.migrate": a name alone calls nothing (write "Release.migrate()", or leave --eval out)\n',
      code: 65,
    });
  });

  test("with no words at all it says what there is", async () => {
    const { stdout, stderr, code } = await remsh([]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 64 });
    expect(stderr).toContain("\nCommands:\n  ping ");
  });
});

describe("help", () => {
  test("lists the commands with their arguments, and the exit codes", async () => {
    const { stdout, stderr, code } = await remsh(["--help"], { env: { REMSH_PROGRAM: "shop" } });
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toMatch(/^Usage: shop \[options\] \[command\]\n/);
    expect(stdout).toContain("  rpc [task] [args...]   Call a task in the running app, or evaluate an\n");
    expect(stdout).toContain("\n   75  not now: timed out,");
    expect(stdout).not.toContain("__complete");
    expect((await remsh(["help"], { env: { REMSH_PROGRAM: "shop" } })).stdout).toBe(stdout);
  });

  test.each(["ping", "rpc", "tasks", "status", "stack", "runs", "cancel", "pid", "version"])(
    "of %s says where it runs, and so does its list entry",
    async (name) => {
      const { stdout, stderr, code } = await remsh([name, "--help"]);
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      expect(stdout).toContain("running app");
      expect(await remsh(["help", name])).toEqual({ stdout, stderr: "", code: 0 });
    },
  );
});

describe("options", () => {
  test("of every command stand before or after its name", async () => {
    const env = { REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    const found = { stdout: `${app.pid}\n`, stderr: "", code: 0 };
    expect(await remsh(["--app", "shop", "pid"], { env })).toEqual(found);
    expect(await remsh(["pid", "--app", "shop"], { env })).toEqual(found);
    expect(await remsh(["pid", "--app=shop", `--instance=${app.pid}`], { env })).toEqual(found);
    expect(await remsh(["--app", "shop", "rpc", "Value.text"], { env })).toMatchObject({ code: 0 });
  });

  test.each(["a/b", "../x", "", "-x", "ä"])("that name an app %j are refused with 65", async (name) => {
    expect(await remsh([`--app=${name}`, "pid"])).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/^Cannot use ".*" as the name of an app: it must be 1 to 64 letters/) as string,
      code: 65,
    });
  });

  test("that are empty are a shell's variable that was not set, not a wish for the default", async () => {
    const { env } = app;
    expect(await remsh(["--app", "", "ping"], { env })).toMatchObject({ stdout: "", code: 65 });
    expect(await remsh(["--instance", "", "ping"], { env })).toMatchObject({ stdout: "", code: 65 });
    expect(await remsh(["--socket", "", "ping"], { env })).toMatchObject({ stdout: "", code: 65 });
  });

  test("beat the environment: REMSH_SOCKET does not answer for another app", async () => {
    const env = { ...app.env, REMSH_SOCKET: app.socket };
    expect(await remsh(["pid"], { env })).toMatchObject({ code: 0 });
    expect(await remsh(["--app", "other", "pid"], { env })).toMatchObject({ stdout: "", code: 69 });
    expect(await remsh(["--instance", "other", "pid"], { env })).toMatchObject({ stdout: "", code: 69 });
  });

  test("that give a path too long for a socket are refused before the system is asked", async () => {
    const socket = `/tmp/${"x".repeat(120)}`;
    expect(await remsh(["--socket", socket, "ping"])).toMatchObject({
      stderr: expect.stringContaining("its path has 125 bytes, the system takes 103") as string,
      code: 65,
    });
  });
});

test("a killed app is not said to run", async () => {
  const other = await startApp("shop.mjs");
  await other.stop();
  expect(await remsh(["--app", "shpo", "ping"], { env: other.env })).toMatchObject({
    stderr: expect.stringMatching(/^Cannot reach shpo: it does not run here/) as string,
    code: 69,
  });
});

describe("tasks", () => {
  test("shows one with its options", async () => {
    expect(await app.remsh("tasks", "Release.seed")).toEqual({
      stdout: `Usage: remsh rpc Release.seed [--name value ...]

Insert the demo users

Options:
  --count <integer>     How many users (default: 10)
  --role <admin|guest>  (default: "guest")
  --dry-run
  --tag <string> ...    (may be repeated)
  --name <string>
`,
      stderr: "",
      code: 0,
    });
  });

  test("lists all, in the order of their names", async () => {
    const { stdout, code } = await app.remsh("tasks");
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    const names = lines.map((line) => line.split(" ")[0]);
    expect(names).toEqual([...names].sort());
    expect(stdout).toMatch(/^Release\.seed \[--name value \.\.\.\] +Insert the demo users$/m);
  });

  test("lists a namespace", async () => {
    const { stdout, code } = await app.remsh("tasks", "Release");
    const all = (await app.remsh("tasks")).stdout.match(/^Release\..*$/gm) ?? [];
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ {2,}/)[0]),
    ).toEqual(all.map((line) => line.split(/ {2,}/)[0]));
    const listed = JSON.parse((await app.remsh("tasks", "--json", "Release")).stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(all.map((line) => line.split(" ")[0]));
    expect(await app.remsh("tasks", "Releas")).toMatchObject({ stdout: "", code: 65 });
  });

  test("of an unknown name exits 65 with the one that was probably meant", async () => {
    expect(await app.remsh("tasks", "seed")).toEqual({
      stdout: "",
      stderr: `Cannot show "seed": shop ${app.pid} has no task of that name (did you mean "Release.seed"?)\n`,
      code: 65,
    });
  });
});

test("stack of an idle app says so", async () => {
  expect(await app.remsh("stack")).toEqual({
    stdout: `shop ${app.pid} is idle: it waits for events\n`,
    stderr: "",
    code: 0,
  });
});

test("runs shows what is in flight with its progress, and cancel stops it", async () => {
  expect(await app.remsh("runs")).toEqual({ stdout: "no runs in flight\n", stderr: "", code: 0 });
  const client = await app.connect();
  let seen: () => void = () => {};
  const progress = new Promise<void>((resolve) => (seen = resolve));
  const call = client.call("Job.wait", [{ ms: 100_000, steps: 1000 }], { run: "r1", onProgress: () => seen() });
  call.catch(() => {});
  await progress;
  const { stdout, code } = await app.remsh("runs");
  expect({ stdout, code }).toEqual({
    stdout: expect.stringMatching(/^r1 {2}Job\.wait {2}running for [\d.]+ m?s {2}\d+\/1000 step\n$/) as string,
    code: 0,
  });
  expect(await app.remsh("cancel", "r1")).toEqual({
    stdout: "Cancelled run r1: the task stopped\n",
    stderr: "",
    code: 0,
  });
  await client.close();
});

describe("version", () => {
  const run = (cwd: string, env: Record<string, string> = {}) => remsh(["version"], { cwd, env });

  test("is that of the package.json above, its name without the scope", async () => {
    const project = projectOf('{"name":"@acme/shop","version":"2.0.0"}');
    const found = { stdout: "shop 2.0.0\n", stderr: "", code: 0 };
    expect(await run(project)).toEqual(found);
    expect(await run(path.join(project, "deep/er"))).toEqual(found);
  });

  test("takes the app's name of its configuration, and both from the environment first", async () => {
    const project = projectOf('{"name":"web","version":"2.0.0","remsh":{"app":"shop"}}');
    expect(await run(project)).toMatchObject({ stdout: "shop 2.0.0\n" });
    expect(await run(project, { REMSH_APP: "other", REMSH_VERSION: "3.1.4" })).toMatchObject({
      stdout: "other 3.1.4\n",
    });
    expect(await run("/", { REMSH_ROOT: project })).toMatchObject({ stdout: "shop 2.0.0\n" });
  });

  test("of another app than the folder's is not told", async () => {
    const project = projectOf('{"name":"shop","version":"2.0.0"}');
    const named = (app: string, cwd: string) => remsh(["--app", app, "version"], { cwd });
    expect(await named("nope", project)).toEqual({
      stdout: "",
      stderr: "Cannot tell the version of nope: the app in this folder is shop\n",
      code: 69,
    });
    expect(await named("shop", project)).toEqual({ stdout: "shop 2.0.0\n", stderr: "", code: 0 });
    expect(await named("nope", "/")).toEqual({
      stdout: "",
      stderr:
        "Cannot tell the version of nope: there is no package.json here (go to the app's folder, or set REMSH_ROOT)\n",
      code: 64,
    });
  });

  test("without a package.json and a name exits 64", async () => {
    expect(await run("/")).toEqual({
      stdout: "",
      stderr: "Cannot tell which app is meant: give --app, set REMSH_APP, or go to the app's folder\n",
      code: 64,
    });
  });

  test("of a package.json that is not JSON exits 78 and names the file", async () => {
    const project = projectOf("{");
    expect(await run(project)).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(`^Cannot read "${project}/package.json": `) as string,
      code: 78,
    });
  });
});

/** What a bundle of the command line loads. */
function requiredBy(bundle: string): string[] {
  const text = readFileSync(path.join(path.dirname(REMSH), bundle), "utf8");
  return [...new Set([...text.matchAll(/require\("([^"]+)"\)/g)].map(([, name = ""]) => name))].sort();
}

test("a ping loads one small file, and of Node only what it speaks and looks with", () => {
  const needed = ["node:fs", "node:net", "node:path"];
  expect(requiredBy("remsh.cjs")).toEqual(["./command-line.cjs", "./plain-rpc.cjs", "./start.cjs", ...needed]);
  expect(readFileSync(REMSH).length).toBeLessThan(64 * 1024);
  // It reads its own answers, and not those of every method.
  expect(readFileSync(REMSH, "utf8")).not.toContain("// shared/messages/method-shapes.ts");
});

test("a plain rpc loads neither the command line proper nor node:crypto", () => {
  const needed = ["node:fs", "node:net", "node:path", "node:timers/promises", "node:util"];
  expect(requiredBy("plain-rpc.cjs")).toEqual(needed);
});

test("help of an unknown command, and no command at all, are usage errors of one sentence", async () => {
  expect(await app.remsh("help", "nope")).toEqual({
    stdout: "",
    stderr: 'Cannot run the command: unknown command "nope" (--help lists them)\n',
    code: 64,
  });
  const sentence = "Cannot run the command: none is named (--help lists them)";
  expect(await app.remsh("--socket", "ping")).toEqual({ stdout: "", stderr: `${sentence}\n`, code: 64 });
  const { stdout, code } = await app.remsh("--json");
  expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
    code: 64,
    error: { code: "USAGE", message: sentence },
  });
});

test("an unknown command that could be one of several names them", async () => {
  expect(await app.remsh("pin")).toMatchObject({
    stderr: 'Cannot run the command: unknown command "pin" (did you mean one of pid, ping?)\n',
    code: 64,
  });
});
