import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { checkSocketOwner, makePrivateDirectory } from "../../../shared/addresses.ts";
import { eventually, NODE, remsh, removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };

test("stop and logs need no package.json that can be read; restart does", async () => {
  const { shop, root } = makeProject();
  expect(await shop("daemon")).toEqual(DONE);
  writeFileSync(path.join(root, "package.json"), "{ broken");
  expect(await shop("logs")).toMatchObject({ stdout: "open []\n", code: 0 });
  expect(await shop("restart")).toMatchObject({ stdout: "", code: 78 });
  const { stderr, code } = await shop("stop");
  expect(stderr).toMatch(/^Cannot read ".*package\.json": .* \(its settings are left out\)\n$/);
  expect(code).toBe(0);
  rmSync(path.join(root, "package.json"));
  expect(await shop("stop")).toMatchObject({ code: 69 });
});

test.each(["start", "daemon"])("of two %ss at the same moment one runs, and the other exits 75", async (command) => {
  const hooks = {
    "pre_start/10": 'echo ran >>"$REMSH_ROOT/ran"; until [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done',
  };
  const { startShop, shop, root } = makeProject({ hooks });
  const starts = [startShop([command]), startShop([command])];
  const { stderr, code } = await Promise.race(starts.map(({ finished }) => finished));
  expect(stderr).toMatch(
    /Cannot start shop: process \d+ is starting it \(ping --ready --wait waits until it is ready\)\n/,
  );
  expect(code).toBe(75);
  expect(readFileSync(path.join(root, "ran"), "utf8")).toBe("ran\n");
  writeFileSync(path.join(root, "go"), "");
  expect(await shop("ping", "--ready", "--wait", "20s")).toMatchObject({ code: 0 });
  expect(await shop("stop")).toEqual(DONE);
  await Promise.all(starts.map(({ finished }) => finished));
});

test("a start that is killed keeps no other from starting", async () => {
  const hooks = { "pre_start/10": '[ -e "$REMSH_ROOT/go" ] || { echo begun; sleep 600; }' };
  const { startShop, shop, root, env } = makeProject({ hooks });
  const { child, printed, finished } = startShop(["start"]);
  await printed("begun");
  expect(readdirSync(env.REMSH_RUNTIME_DIR ?? "")).toContainEqual(expect.stringMatching(/^start-[0-9a-f]{16}\.lock$/));
  child.kill("SIGKILL");
  await finished;
  writeFileSync(path.join(root, "go"), "");
  expect(await shop("daemon")).toEqual(DONE);
  expect(await shop("stop")).toEqual(DONE);
});

test("an app whose place another process has taken meanwhile is stopped, and its start exits 75", async () => {
  const hooks = { "pre_start/10": 'echo begun; until [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done' };
  const { startShop, root, env } = makeProject({ hooks });
  const { printed, finished } = startShop(["start"], { REMSH_INSTANCE: "one" });
  await printed("begun");
  const plain = start(NODE, ["--import", "remsh/register", "server.js"], {
    cwd: root,
    env: { ...env, REMSH_INSTANCE: "one" },
  });
  await plain.printed("open");
  await eventually(() => existsSync(path.join(env.REMSH_RUNTIME_DIR ?? "", "shop/one.sock")), "it listens");
  writeFileSync(path.join(root, "go"), "");
  const { stderr, code } = await finished;
  expect(stderr).toMatch(/shop cannot have its agent, and is stopped: .* another process listens there already\n$/);
  expect(code).toBe(75);
  plain.child.kill("SIGTERM");
  await plain.finished;
});

test("a pipe as package.json is refused, and nobody waits for it", async () => {
  const { shop, root } = makeProject();
  const file = path.join(root, "package.json");
  rmSync(file);
  await start("mkfifo", [file], {}).finished;
  for (const command of ["version", "start", "describe"])
    expect(await shop(command), command).toMatchObject({
      stderr: `Cannot read "${file}": it is not a file\n`,
      code: 78,
    });
});

test("a hook that anybody may change is not run, nor one in a folder that anybody may write", async () => {
  const { shop, root } = makeProject({ hooks: { "pre_start/10": "echo run" } });
  for (const name of ["rel/hooks/pre_start.d/10", "rel/hooks/pre_start.d", "rel/hooks", "rel"]) {
    const file = path.join(root, name);
    chmodSync(file, 0o777);
    expect(await shop("start")).toEqual({
      stdout: "",
      stderr: `Cannot run the hook "pre_start.d/10": anybody may write to "${file}" (chmod o-w "${file}")\n`,
      code: 78,
    });
    chmodSync(file, 0o755);
  }
});

test.skipIf(process.getuid?.() !== 0)("a hook in a folder that another group may write is not run", async () => {
  const { shop, root } = makeProject({ hooks: { "pre_start/10": "echo run" } });
  const folder = path.join(root, "rel/hooks");
  chownSync(folder, 0, 54321);
  chmodSync(folder, 0o775);
  expect(await shop("start")).toEqual({
    stdout: "",
    stderr: `Cannot run the hook "pre_start.d/10": group 54321 may write to "${folder}" (chmod g-w "${folder}")\n`,
    code: 78,
  });
});

test("what is no log is not written to as one", async () => {
  for (const [file, reason] of [
    ["server.js", "it is there already, and is no log (*.log, or in a folder log)"],
    ["/dev/null", "it is not a file"],
  ]) {
    const { shop, root } = makeProject({ remsh: { log: { file } } });
    const before = readFileSync(path.join(root, "server.js"), "utf8");
    expect(await shop("daemon")).toEqual({
      stdout: "",
      stderr: `Cannot write the log "${path.resolve(root, file ?? "")}": ${reason}\n`,
      code: 78,
    });
    expect(readFileSync(path.join(root, "server.js"), "utf8")).toBe(before);
  }
});

test("an option of Node that no program can be given is bad configuration", async () => {
  const { shop } = makeProject({ remsh: { nodeArgs: ["--title=a\0b"] } });
  expect(await shop("start")).toMatchObject({
    stderr: 'Cannot use package.json: "remsh.nodeArgs" must be a list of strings\n',
    code: 78,
  });
});

test("a directory is private whatever the umask is", async () => {
  const before = process.umask(0o777);
  const directory = path.join(temporaryDirectory(), "a/b");
  try {
    makePrivateDirectory(directory);
  } finally {
    process.umask(before);
  }
  expect(() => makePrivateDirectory(path.join(directory, "c"))).not.toThrow();
});

test.runIf(process.getuid?.() === 0)("another user's socket is refused, however it was named", async () => {
  const folder = temporaryDirectory();
  chmodSync(folder, 0o755);
  const socket = path.join(folder, "s.sock");
  const listen = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => { require("node:fs").chmodSync(${JSON.stringify(socket)}, 0o777); process.send?.(1); })`;
  const { fork } = await import("node:child_process");
  const { chownSync } = await import("node:fs");
  const program = path.join(folder, "listen.cjs");
  writeFileSync(program, listen);
  const other = fork(program);
  onTestFinished(() => void other.kill());
  await new Promise((resolve) => other.once("message", resolve));
  chownSync(socket, 12_345, 12_345);
  checkSocketOwner(socket); // root may
  const words = [
    "--reuid=54321",
    "--regid=54321",
    "--clear-groups",
    NODE,
    path.join(import.meta.dirname, "../../../dist/remsh.cjs"),
  ];
  for (const more of [["--socket", socket, "ping"], ["ping"]])
    expect(await start("setpriv", [...words, ...more], { env: { REMSH_SOCKET: socket }, cwd: "/" }).finished).toEqual({
      stdout: "",
      stderr: `Cannot use the socket "${socket}": it belongs to user 12345, not to 54321\n`,
      code: 77,
    });
  expect(await remsh(["--socket", path.join(folder, "none"), "ping"], {})).toMatchObject({ code: 69 });
});
