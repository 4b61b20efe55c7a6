// A process that has no descriptor left, as after a leak: it is looked at and stopped all the same, and its tasks work.
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { NODE, eventually, remsh, removeTemporary, start, stop, type Finished, type Running } from "./processes.ts";
import { project, type Project } from "./registered.ts";

afterAll(removeTemporary);

const FILES = {
  "package.json": JSON.stringify({
    name: "shop",
    type: "module",
    remsh: { tasks: "./release.js", preload: true },
  }),
  "server.js": `
    setInterval(() => {}, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    console.log("entry");
  `,
  "release.js": `
    import { openSync } from "node:fs";
    console.log("tasks");
    export const Release = {
      leak() { try { for (;;) openSync("/dev/null"); } catch ({ code }) { return code; } },
      hello: () => "hello",
    };
  `,
};

let shop: Project;
let app: Running;
beforeEach(async () => {
  shop = project(FILES);
  const { env, directory: cwd } = shop;
  app = start("/bin/sh", ["-c", `ulimit -n 128; exec "${NODE}" --import remsh/register server.js`], { env, cwd });
  await app.printed("tasks");
  await eventually(async () => (await run("ping")).code === 0, "the agent listens");
});
afterEach(() => stop(app));

function run(...words: string[]): Promise<Finished> {
  return remsh(words, { env: shop.env, cwd: shop.directory });
}

test("with preload the tasks are loaded uncalled, when the entry is", () => {
  expect(app.output).toEqual({ stdout: "entry\ntasks\n", stderr: "" });
});

test("an app without a descriptor left is pinged, looked at and called", async () => {
  expect(await run("rpc", "Release.leak")).toEqual({ stdout: "EMFILE\n", stderr: "", code: 0 });
  expect(await run("ping", "--ready")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  const { stdout, code } = await run("status");
  expect(code).toBe(0);
  expect(stdout).toMatch(/memory +[1-9]\d+ MiB resident/);
  expect(await run("rpc", "Release.hello")).toEqual({ stdout: "hello\n", stderr: "", code: 0 });
});

test("an expression that gets no process there is answered, and the gateway goes on", async () => {
  const expression = () => run("rpc", "-e", "Release.hello()");
  expect(await expression()).toEqual({ stdout: "hello\n", stderr: "", code: 0 });
  expect((await run("rpc", "Release.leak")).stdout).toBe("EMFILE\n");
  expect(await expression()).toEqual({
    stdout: "",
    stderr: 'Cannot evaluate "Release.hello()": its process cannot be started: spawn /bin/sh EMFILE\n',
    code: 70,
  });
  expect(await run("rpc", "Release.hello")).toEqual({ stdout: "hello\n", stderr: "", code: 0 });
  expect(app.output.stderr).toBe("");
});
