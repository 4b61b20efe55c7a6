import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import { removeTemporary } from "../../end-to-end/processes.ts";
import { makeProject, SERVER, type TestProject } from "./project.ts";

const daemons: TestProject[] = [];
afterEach(async () => {
  await Promise.all(daemons.splice(0).map(({ shop }) => shop("stop", "--no-hooks", "--timeout", "2s")));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };

/** Writes down that it runs, and goes on when the test says so. */
const hook = (name: string) =>
  `echo ${name} >>"$REMSH_ROOT/ran"\necho begun\nuntil [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done`;
const HOOKS = { "pre_stop/10": hook("pre_stop"), "post_stop/10": hook("post_stop") };

async function daemonOf(server = SERVER, remsh = {}): Promise<TestProject & { id: string }> {
  const project = makeProject({ hooks: HOOKS, files: { "server.js": server }, remsh });
  daemons.push(project);
  expect(await project.shop("daemon")).toEqual(DONE);
  return { ...project, id: (await project.shop("pid")).stdout.trim() };
}

test.each([
  ["0", SERVER, []],
  ["137", `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => {});`, ["--timeout", "2s"]],
])(
  "of two stops at once both return when the app is gone, with %s, and the hooks run once",
  async (code, server, words) => {
    const { startShop, root, id, env } = await daemonOf(server);
    const first = startShop(["stop", ...words]);
    await first.printed("begun");
    const second = startShop(["stop"]);
    await second.printed("waits for that");
    writeFileSync(path.join(root, "go"), "");
    const outcomes = [await first.finished, await second.finished];
    expect(outcomes.map((each) => each.code)).toEqual([Number(code), Number(code)]);
    expect(outcomes[1]?.stderr).toBe(
      `shop ${id} is being stopped already, by process ${first.child.pid}: waits for that\n`,
    );
    expect(() => process.kill(Number(id), 0)).toThrow("ESRCH");
    expect(readFileSync(path.join(root, "ran"), "utf8")).toBe("pre_stop\npost_stop\n");
    expect(readdirSync(env.REMSH_RUNTIME_DIR ?? "").filter((name) => name !== "shop")).toEqual([]);
  },
);

test.each(["SIGINT", "SIGKILL"] as const)("a stop that waits for one which %s ends takes its place", async (signal) => {
  const { startShop, shop, root } = await daemonOf();
  const first = startShop(["stop"]);
  await first.printed("begun");
  const second = startShop(["stop"]);
  await second.printed("waits for that");
  first.child.kill(signal);
  await first.finished;
  await second.printed("begun");
  expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
  writeFileSync(path.join(root, "go"), "");
  expect(await second.finished).toMatchObject({ code: 0 });
  expect(await shop("ping")).toMatchObject({ code: 69 });
});

test("a stop that takes another's place after a long wait gives the app its whole time to end", async () => {
  const slow = `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => setTimeout(process.exit, 500));`;
  const { startShop, root } = await daemonOf(slow, { stopTimeout: "2s" });
  const first = startShop(["stop"]);
  await first.printed("begun");
  const second = startShop(["stop"]);
  await second.printed("waits for that");
  await sleep(2000); // the wait is longer than the app's time
  first.child.kill("SIGINT");
  await second.printed("begun");
  writeFileSync(path.join(root, "go"), "");
  expect(await second.finished).toMatchObject({ code: 0 });
});

test("one that is interrupted while it waits leaves the other's drain, and says so", async () => {
  const { startShop, shop, root, id } = await daemonOf();
  const first = startShop(["stop"]);
  await first.printed("begun");
  const second = startShop(["stop"]);
  await second.printed("waits for that");
  second.child.kill("SIGINT");
  const { stderr, code } = await second.finished;
  expect(code).toBe(130);
  expect(stderr).toContain(`Interrupted: shop ${id} was not stopped, but stays not ready: it is being stopped\n`);
  expect(await shop("ping", "--ready")).toMatchObject({ code: 75 });
  appendFileSync(path.join(root, "go"), "");
  expect(await first.finished).toMatchObject({ code: 0 });
});

test("of two restarts at once one replaces the app, and one app runs in the end", async () => {
  const { startShop, shop, root, id, env } = await daemonOf();
  const first = startShop(["restart"]);
  await first.printed("begun");
  const second = startShop(["restart"]);
  await second.printed("waits for that");
  writeFileSync(path.join(root, "go"), "");
  const outcomes = [await first.finished, await second.finished];
  expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 75]);
  expect(outcomes.find(({ code }) => code === 75)?.stderr).toContain("Cannot start shop: ");
  expect(readdirSync(path.join(env.REMSH_RUNTIME_DIR ?? "", "shop"))).toHaveLength(1);
  expect(await shop("ping", "--ready")).toMatchObject({ code: 0 });
  expect((await shop("pid")).stdout.trim()).not.toBe(id);
});
