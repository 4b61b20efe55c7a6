// Under Node's permission model an app may have no inspector: what needs it is refused, and the app lives.
import { execFileSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { eventually, NODE, removeTemporary, startApp, stop, type Finished } from "./processes.ts";

afterAll(removeTemporary);

/** The options of this Node that allow all that an app with its agent needs, but the inspector. */
function permissions(): string[] {
  const known = execFileSync(NODE, ["-p", "[...process.allowedNodeEnvironmentFlags].join()"], { encoding: "utf8" });
  const flags = known.trim().split(",");
  const wanted = ["--allow-fs-read=*", "--allow-fs-write=*", "--allow-worker", "--allow-child-process", "--allow-net"];
  const permission = flags.includes("--permission") ? "--permission" : "--experimental-permission";
  return ["--no-warnings", permission, ...wanted.filter((flag) => flags.includes(flag.replace(/=.*/, "")))];
}

const refused = (action: string): Finished => ({
  stdout: "",
  stderr: expect.stringMatching(
    `^Cannot ${action}: Node's permission model keeps the app from its inspector( \\(start it with --allow-inspector\\))?\n$`,
  ) as string,
  code: 69,
});

test("without the right to inspect, stack and console are refused, and ping tells of a stalled app", async () => {
  const app = await startApp("shop.mjs", { nodeArgs: permissions() });
  expect(await app.remsh("stack")).toEqual(refused("look at the stack"));
  expect(await app.remsh("remote", "-e", "1")).toEqual(refused("open a console"));
  expect(await app.remsh("rpc", "Release.add", "1", "2")).toEqual({ stdout: "3\n", stderr: "", code: 0 });
  const blocked = app.remsh("rpc", "Job.blockForEver");
  await eventually(async () => (await app.remsh("ping")).code === 75, "a stalled app");
  const { stderr } = await app.remsh("ping");
  expect(stderr).toMatch(/^shop \d+ is stalled: its event loop has not turned for [^,]*\n$/);
  expect((await app.remsh("status")).code).toBe(0);
  expect(app.child.exitCode ?? app.child.signalCode).toBeNull();
  await stop(app);
  expect((await blocked).code).toBe(69);
});
