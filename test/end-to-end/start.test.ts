import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { eventually, removeTemporary, start, startApp, temporaryDirectory, type Finished } from "./processes.ts";

afterAll(removeTemporary);

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));
const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;
const isRoot = process.getuid?.() === 0;

function runQuiet(env: Record<string, string>, nodeArgs: string[] = []): Promise<Finished> {
  return start(NODE, [...nodeArgs, `${FIXTURES}quiet.mjs`], { env: { REMSH_APP: "shop", ...env } }).finished;
}

/** The app has run to its end without its agent, and has said why. */
function expectWarning(finished: Finished, reason: string): void {
  expect({ ...finished, stderr: "" }).toEqual({ stdout: '{"port":0,"socket":null}\n', stderr: "", code: 0 });
  expect(finished.stderr).toContain("[REMSH_UNAVAILABLE] RemshWarning: The app runs without its agent: ");
  expect(finished.stderr).toContain(reason);
}

test("an app that only starts its agent ends by itself, and leaves no socket", async () => {
  const directory = temporaryDirectory();
  const { code, stdout, stderr } = await runQuiet({ REMSH_RUNTIME_DIR: directory });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ socket: expect.stringMatching(/\/shop\/\d+\.sock$/) as string });
  expect(readdirSync(directory)).toEqual([]);
});

test("directories are 0700 and the socket is 0600", async () => {
  const app = await startApp("quiet.mjs", { args: ["stay"] });
  expect(statSync(path.dirname(app.socket)).mode & 0o777).toBe(0o700);
  expect(statSync(app.socket).mode & 0o777).toBe(0o600);
  await app.stop();
});

describe("the app goes on without its agent, with a warning,", () => {
  test("when the socket's path is too long", async () => {
    const directory = path.join(temporaryDirectory(), "x".repeat(100));
    expectWarning(await runQuiet({ REMSH_RUNTIME_DIR: directory }), "its path has");
  });

  test("when the instance's name cannot be part of a path", async () => {
    const env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_INSTANCE: "../web" };
    expectWarning(await runQuiet(env), 'Cannot use "../web" as the name of an instance');
  });

  test("when the runtime directory is a file", async () => {
    const file = path.join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    expectWarning(await runQuiet({ REMSH_RUNTIME_DIR: file }), file);
  });

  test.runIf(process.platform === "linux")("when the runtime directory cannot be made", async () => {
    // Not even root can make a directory there, as on a read-only disk.
    expectWarning(await runQuiet({ REMSH_RUNTIME_DIR: "/proc/remsh" }), "/proc/remsh");
  });

  test("when the runtime directory is open to others", async () => {
    const directory = path.join(temporaryDirectory(), "open");
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    expectWarning(await runQuiet({ REMSH_RUNTIME_DIR: directory }), "others may use it (mode 755)");
  });

  test.runIf(isRoot)("when the directory belongs to someone else, even for root", async () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, "shop"), { mode: 0o700 });
    chownSync(path.join(directory, "shop"), 12_345, 12_345);
    expectWarning(await runQuiet({ REMSH_RUNTIME_DIR: directory }), "it belongs to user 12345, not to 0");
  });

  test("when something that is no socket is in its place, which stays as it is", async () => {
    const file = path.join(temporaryDirectory(), "precious.txt");
    writeFileSync(file, "precious");
    expectWarning(await runQuiet({ REMSH_SOCKET: file }), "something that is not a socket is there");
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  test("when an instance of the same name lives, which is not disturbed", async () => {
    const first = await startApp("quiet.mjs", { args: ["stay"], env: { REMSH_INSTANCE: "web" } });
    const env = { REMSH_RUNTIME_DIR: first.env.REMSH_RUNTIME_DIR ?? "", REMSH_INSTANCE: "web" };
    expectWarning(await runQuiet(env), "another process listens there already");
    expect(existsSync(first.socket)).toBe(true);
    const client = await first.connect();
    expect(await client.call("Job.add", [1, 2])).toBe(3);
    await client.close();
    await first.stop();
  });
});

test("a CommonJS app starts its agent", async () => {
  const app = await startApp("required.cjs");
  const client = await app.connect();
  expect(await client.call("Job.add", [1, 2])).toBe(3);
  await client.close();
  await app.stop();
});

test("node:cluster with two workers gives two instances", async () => {
  const app = await startApp("cluster.mjs");
  const sockets = readdirSync(path.dirname(app.socket)).filter((name) => name.endsWith(".sock"));
  expect(sockets).toHaveLength(2);
  const { stderr, code } = await app.remsh("rpc", "Job.pid");
  expect(code).toBe(64);
  expect(stderr).toMatch(/^Cannot choose: 2 instances of shop run here/);
  const pids = sockets.map((name) => Number(name.slice(0, -".sock".length)));
  for (const pid of pids) {
    expect(await app.remsh("--instance", String(pid), "rpc", "Job.pid")).toMatchObject({ stdout: `${pid}\n`, code: 0 });
  }
  app.child.kill("SIGKILL");
  await app.finished.catch(() => {});
  await eventually(() => pids.every((pid) => !existsSync(`/proc/${pid}`)), "the workers follow their primary");
});

test("a preload of the app's is not loaded in the gateway, nor is its environment given to it", async () => {
  const directory = temporaryDirectory();
  const preload = path.join(directory, "preload.cjs");
  const log = path.join(directory, "log");
  writeFileSync(
    preload,
    `require("fs").appendFileSync(${JSON.stringify(log)}, String(require("worker_threads").threadId) + "\\n");`,
  );
  const env = { REMSH_RUNTIME_DIR: directory, NODE_OPTIONS: `--require ${preload}` };
  expect((await runQuiet(env, ["--require", preload])).code).toBe(0);
  expect(new Set(readFileSync(log, "utf8").trim().split("\n"))).toEqual(new Set(["0"]));
});
