// A process that has no descriptor left, as after a leak: it is looked at and stopped all the same, and its tasks work.
import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
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
  expect(await run("ping", "--ready", "--wait", "60s")).toMatchObject({ code: 0 });
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

test("tasks whose imports could not be opened are loaded by a later call, on Node 20 after a restart only", async () => {
  const parts = Array.from({ length: 20 }, (_, index) => `part${index}.js`);
  const other = project({
    ...FILES,
    ...Object.fromEntries(parts.map((part) => [part, "export {};"])),
    "package.json": JSON.stringify({ name: "shop", type: "module", remsh: { tasks: "./release.js" } }),
    "server.js": `
      import { closeSync, openSync } from "node:fs";
      const taken = [];
      process.once("SIGUSR2", () => {
        process.on("SIGUSR2", () => { for (const each of taken.splice(0)) closeSync(each); console.log("free"); });
        try { for (;;) taken.push(openSync("/dev/null")); } catch {}
        for (const each of taken.splice(-4)) closeSync(each); // for the call's own connection, and few modules
        console.log("taken");
      });
      setInterval(() => {}, 60_000);
    `,
    "release.js":
      parts.map((part) => `import "./${part}";`).join("\n") + "export const Release = { hello: () => 'hello' };",
  });
  const { env, directory: cwd } = other;
  const leaking = start("/bin/sh", ["-c", `ulimit -n 128; exec "${NODE}" --import remsh/register server.js`], {
    env,
    cwd,
  });
  onTestFinished(() => stop(leaking));
  await eventually(async () => (await remsh(["ping"], { env, cwd })).code === 0, "the agent listens");
  leaking.child.kill("SIGUSR2");
  await leaking.printed("taken");
  const hello = () => remsh(["rpc", "Release.hello"], { env, cwd });
  const first = await hello();
  leaking.child.kill("SIGUSR2");
  await leaking.printed("free");
  const isNode20 = first.code !== 0 && execFileSync(NODE, ["--version"], { encoding: "utf8" }).startsWith("v20.");
  expect(await hello()).toMatchObject(isNode20 ? { stdout: "", stderr: first.stderr } : { stdout: "hello\n", code: 0 });
});
