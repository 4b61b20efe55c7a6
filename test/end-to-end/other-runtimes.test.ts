// Apps under Deno and Bun, from the npm packages of these names: what works, what does not, and that nothing ends them.
import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { project, ROOT } from "./registered.ts";
import { remsh, removeTemporary, start, stop } from "./processes.ts";

afterAll(removeTemporary);

const SERVER = `import http from "node:http";
import { startAgent } from "remsh";
await startAgent({ app: "shop", tasks: { Release: { add: (a, b) => a + b, fail() { throw new Error("no table"); } } } });
http.createServer().listen(0, "127.0.0.1", () => console.log("up"));`;

const PACKAGES = path.join(ROOT, "node_modules");
/** The package for this system: `@deno/linux-x64-glibc`. */
const [denoPackage = "missing"] = readdirSync(path.join(PACKAGES, "@deno"));

describe.each([
  ["Deno", path.join(PACKAGES, "@deno", denoPackage, "deno"), ["run", "-A"]],
  ["Bun", path.join(PACKAGES, "bun/bin/bun.exe"), []],
])("an app under %s", (runtime, program, words) => {
  test("has ping, status and tasks, and what needs Node says so in one sentence", async () => {
    const { directory, env } = project({ "package.json": '{ "name": "shop", "type": "module" }', "server.js": SERVER });
    const app = start(program, [...words, "server.js"], { env, cwd: directory });
    await app.printed("up");
    const run = (...asked: string[]) => remsh(asked, { env, cwd: directory });
    expect(await run("ping", "--ready", "--wait", "20s")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    expect(await run("rpc", "Release.add", "1", "2")).toEqual({ stdout: "3\n", stderr: "", code: 0 });
    expect(await run("rpc", "Release.fail")).toMatchObject({
      stderr: expect.stringContaining('"Release.fail" threw Error: no table') as string,
      code: 1,
    });
    expect((await run("tasks")).stdout).toBe("Release.add <a> <b>\nRelease.fail\n");
    expect((await run("status")).stdout).toMatch(/^ {2}ready when {2}its first server listens/m);
    expect((await run("runs")).code).toBe(0);
    const inspector = `the app runs under ${runtime}, and this needs Node's inspector\n`;
    expect(await run("stack")).toEqual({ stdout: "", stderr: `Cannot look at the stack: ${inspector}`, code: 69 });
    expect(await run("remote", "-e", "1")).toEqual({
      stdout: "",
      stderr: `Cannot open a console: ${inspector}`,
      code: 69,
    });
    expect(await run("rpc", "-e", "Release.add(1, 2)")).toEqual({
      stdout: "",
      stderr: `Cannot evaluate an expression: the app runs under ${runtime}, and expressions need Node (call a task by its name)\n`,
      code: 69,
    });
    expect(await run("ping")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    await stop(app);
  });
});
