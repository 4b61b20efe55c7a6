import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually, removeTemporary } from "../../end-to-end/processes.ts";
import { makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";

const daemons: TestProject[] = [];
afterEach(async () => {
  await Promise.all(daemons.splice(0).map(({ startShop }) => startShop(["stop", "--timeout", "2s"], GO).finished));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };
const PONG = { stdout: "pong\n", stderr: "", code: 0 };

/** Lets the hooks and the app below come to their end. */
const GO = { GO: "1" };

/** Says that it has begun, with the id of a process that it has started, and takes its time. */
const SLOW_HOOK = '[ -z "$GO" ] || exit 0\nsleep 600 &\necho $! >"$REMSH_ROOT/id"\necho begun\nwait';

/** Says that it is to end, and does so when the file is there. */
const SLOW_SERVER = `${SERVER}
import { existsSync } from "node:fs";
const look = setInterval(() => existsSync(process.env.REMSH_ROOT + "/go") && clearInterval(look), 20);
`;

async function daemonOf(options: ProjectOptions): Promise<TestProject & { id: string }> {
  const project = makeProject(options);
  daemons.push(project);
  expect(await project.shop("daemon")).toEqual(DONE);
  return { ...project, id: (await project.shop("pid")).stdout.trim() };
}

describe("stop, interrupted", () => {
  test.each([
    ["SIGINT", 130, "stop"],
    ["SIGTERM", 143, "stop"],
    ["SIGINT", 130, "restart"],
  ] as const)(
    "by %s in a pre_stop hook, ends that with %i and leaves the app ready: %s",
    async (signal, code, command) => {
      const { startShop, shop, root, id } = await daemonOf({ hooks: { "pre_stop/10": SLOW_HOOK } });
      const { child, printed, finished } = startShop([command]);
      await printed("begun");
      expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
      child.kill(signal);
      expect(await finished).toEqual({
        stdout: "",
        stderr: `[pre_stop.d/10] begun\nInterrupted: shop ${id} was not stopped, and keeps running\n`,
        code,
      });
      expect(await shop("ping", "--ready")).toEqual(PONG);
      const child_ = Number(readFileSync(path.join(root, "id"), "utf8"));
      await eventually(() => isGone(child_), "what the hook has started is gone");
    },
  );

  test("after the signal, says that the app is still ending", async () => {
    const { startShop, shop, root, id } = await daemonOf({ files: { "server.js": SLOW_SERVER } });
    const { child, finished } = startShop(["stop"]);
    await eventually(
      () => readFileSync(path.join(root, "log/shop.log"), "utf8").includes("SIGTERM"),
      "it has its signal",
    );
    child.kill("SIGINT");
    expect(await finished).toEqual({ stdout: "", stderr: `Interrupted: shop ${id} is still ending\n`, code: 130 });
    expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
    writeFileSync(path.join(root, "go"), "");
    await eventually(async () => (await shop("ping")).code === 69, "it has ended");
  });

  test("in a post_stop hook, ends that and says that the app has ended", async () => {
    const { startShop, id } = await daemonOf({ hooks: { "post_stop/10": SLOW_HOOK } });
    const { child, printed, finished } = startShop(["stop"]);
    await printed("begun");
    child.kill("SIGINT");
    expect(await finished).toEqual({
      stdout: "",
      stderr: `[post_stop.d/10] begun\nInterrupted: shop ${id} has ended, without the rest of its post_stop hooks\n`,
      code: 130,
    });
  });

  test("where the app is stuck, says that it stays not ready", async () => {
    const release = "export const Job = { block: (ms) => { for (const end = Date.now() + ms; Date.now() < end; ); } };";
    const hooks = {
      "pre_stop/10": `[ -z "$GO" ] || exit 0\nshop rpc Job.block 9000 & until ! shop ping >/dev/null 2>&1; do :; done; ${SLOW_HOOK}`,
    };
    const { startShop, id } = await daemonOf({ files: { "release.js": release }, hooks });
    const { child, printed, finished } = startShop(["stop"]);
    await printed("begun");
    child.kill("SIGINT");
    const { stderr, code } = await finished;
    expect(code).toBe(130);
    expect(stderr).toContain(`Interrupted: shop ${id} was not stopped, but stays not ready: `);
  });

  test("takes back its own word only: the one of start counts", async () => {
    const { startShop, shop, root, id } = await daemonOf({ hooks: { "pre_stop/10": SLOW_HOOK } });
    const { child, printed, finished } = startShop(["stop"]);
    await printed("begun");
    const supervisor = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]);
    process.kill(supervisor, "SIGTERM");
    const logged = (text: string) => async () => (await shop("logs")).stdout.includes(text);
    await eventually(logged("is being stopped already"), "its start waits for that");
    child.kill("SIGINT");
    expect((await finished).stderr).toContain(`shop ${id} was not stopped, but stays not ready: it is being stopped`);
    expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
    // Then its start stops it; the hook of that stop ends with it.
    await eventually(logged("begun"), "its start stops it");
    process.kill(Number(readFileSync(path.join(root, "id"), "utf8")), "SIGKILL");
    await eventually(async () => (await shop("ping")).code === 69, "it has ended");
  });
});

describe("a pre_stop hook that cannot be read", () => {
  test.each([
    [
      "a dangling link",
      (file: string) => symlinkSync("/no/such/file", file),
      "it is a link to a file that does not exist",
    ],
    ["a folder", (file: string) => mkdirSync(file), "it is not a file"],
  ])("as %s, ends stop and restart with 78 before the drain", async (_name, make, reason) => {
    const { shop, root } = await daemonOf({ hooks: { "pre_stop/20": "exit 0" } });
    const file = path.join(root, "rel/hooks/pre_stop.d/10-x");
    make(file);
    for (const command of ["stop", "restart"]) {
      expect(await shop(command)).toEqual({
        stdout: "",
        stderr: `Cannot run the hook "pre_stop.d/10-x": ${reason}\n`,
        code: 78,
      });
    }
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect(await shop("status", "--hooks")).toMatchObject({ code: 0 });
    rmSync(file, { recursive: true });
    expect(existsSync(file)).toBe(false);
  });
});

test("a pre_stop hook that spoils the next one is told of, and the app is stopped", async () => {
  const { shop } = await daemonOf({
    hooks: { "pre_stop/10": 'rm "$0.next"; ln -s /no/such "$0.next"', "pre_stop/10.next": "" },
  });
  expect(await shop("stop")).toEqual({
    stdout: "",
    stderr: 'Cannot run the hook "pre_stop.d/10.next": it is a link to a file that does not exist\n',
    code: 0,
  });
});

test("start says which hook is a dangling link", async () => {
  const { shop, root } = makeProject({ hooks: { "pre_start/20": "exit 0" } });
  symlinkSync("/no/such/file", path.join(root, "rel/hooks/pre_start.d/10-x"));
  expect(await shop("start")).toEqual({
    stdout: "",
    stderr: 'Cannot run the hook "pre_start.d/10-x": it is a link to a file that does not exist\n',
    code: 78,
  });
});

function isGone(id: number): boolean {
  try {
    return readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}
