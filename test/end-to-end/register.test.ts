import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { NODE, eventually, remsh, removeTemporary, start, stop, type Running } from "./processes.ts";
import { ROOT, project, startRegistered, type Project } from "./registered.ts";

afterAll(removeTemporary);

const SERVER = 'setInterval(() => {}, 60_000); console.log("up");';
const MODULE_APP = {
  "package.json":
    '{ "name": "@acme/shop", "version": "3.2.1", "type": "module", "remsh": { "tasks": "./release.js" } }',
  "server.js": SERVER,
};

async function upAndListening(app: Running, { directory, env }: Project): Promise<void> {
  await app.printed("up");
  await eventually(async () => (await remsh(["ping"], { env, cwd: directory })).code === 0, "the agent listens");
}

test("an ES module app gets its agent from package.json alone", async () => {
  const shop = project({ ...MODULE_APP, "release.js": "export const Release = { hello: (name) => `hello ${name}` };" });
  const app = startRegistered(shop, "server.js");
  await upAndListening(app, shop);
  const { directory: cwd, env } = shop;
  expect(await remsh(["rpc", "Release.hello", "you"], { env, cwd })).toEqual({
    stdout: "hello you\n",
    stderr: "",
    code: 0,
  });
  const { stdout } = await remsh(["ping", "--json"], { env, cwd });
  expect(JSON.parse(stdout)).toMatchObject({ app: "shop", version: "3.2.1", pid: app.child.pid });
  await stop(app);
});

test("a CommonJS app does too, where its build has put a package.json beside it", async () => {
  const shop = project({
    "package.json": '{ "name": "shop", "type": "module", "remsh": { "tasks": "./dist/release.js" } }',
    "dist/package.json": '{ "type": "commonjs" }',
    "dist/server.js": SERVER,
    "dist/release.js": "const tasks = {}; tasks['Release'] = { hello: () => 'hello' }; module.exports = tasks;",
  });
  const app = startRegistered(shop, "dist/server.js");
  await upAndListening(app, shop);
  const { directory: cwd, env } = shop;
  expect(await remsh(["rpc", "Release.hello"], { env, cwd })).toEqual({ stdout: "hello\n", stderr: "", code: 0 });
  await stop(app);
});

test("a task module that cannot be loaded exits 78, and is loaded once it is mended", async () => {
  const shop = project({ ...MODULE_APP, "release.js": 'throw new Error("no database configured");' });
  const app = startRegistered(shop, "server.js");
  await upAndListening(app, shop);
  const { directory: cwd, env } = shop;
  for (const broken of ['throw new Error("no database configured");', "export const Release = {"]) {
    writeFileSync(path.join(cwd, "release.js"), broken);
    const { code, stderr } = await remsh(["rpc", "Release.hello"], { env, cwd });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^Cannot load the app's tasks: (Error: no database configured|SyntaxError)/);
  }
  writeFileSync(path.join(cwd, "release.js"), "export const Release = { hello: () => 'mended' };");
  expect(await remsh(["rpc", "Release.hello"], { env, cwd })).toEqual({ stdout: "mended\n", stderr: "", code: 0 });
  await stop(app);
});

test.each(['{ "name": "shop" }', '{ "name": "shop", "remsh": {} }'])(
  "an app without tasks has ping, status, stack and the console, and %s is enough for that",
  async (manifest) => {
    const { directory, env } = project({
      "package.json": manifest,
      "server.mjs": "console.log('up'); setInterval(() => {}, 1000);",
    });
    const app = startRegistered({ directory, env }, "server.mjs");
    await app.printed("up");
    const run = (...words: string[]) => remsh(words, { env, cwd: directory });
    expect(await run("ping", "--wait", "20s")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    expect(await run("status")).toMatchObject({
      stdout: expect.stringMatching(/^ {2}tasks {7}0$/m) as string,
      code: 0,
    });
    expect(await run("stack")).toMatchObject({ stdout: expect.stringContaining(" is idle") as string, code: 0 });
    expect(await run("tasks")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await run("remote", "-e", "40 + 2")).toEqual({ stdout: "42\n", stderr: "", code: 0 });
    const none =
      'no task has that name, as the app has none ("remsh": { "tasks": "./release.js" } in package.json names their module)';
    for (const name of ["hello", "Release.migrate"])
      expect(await run("rpc", name)).toEqual({ stdout: "", stderr: `Cannot call "${name}": ${none}\n`, code: 65 });
    expect(app.output.stderr).toBe("");
    await stop(app);
  },
);

test("startAgent() without anything starts the same, with the tasks that package.json names", async () => {
  const server = `import { startAgent } from "remsh";
    await startAgent();
    console.log("up");
    setInterval(() => {}, 1000);`;
  const release = 'export const Release = { hello: () => "hi" };';
  for (const tasks of [undefined, "./release.js"]) {
    const manifest = JSON.stringify({ name: "shop", type: "module", remsh: { tasks } });
    const { directory, env } = project({ "package.json": manifest, "server.js": server, "release.js": release });
    const app = start(NODE, ["server.js"], { env, cwd: directory });
    await app.printed("up");
    const run = (...words: string[]) => remsh(words, { env, cwd: directory });
    expect((await run("ping")).stdout).toBe("pong\n");
    expect((await run("tasks")).stdout).toBe(tasks === undefined ? "" : "Release.hello\n");
    await stop(app);
  }
});

test.each([
  ["no name", "{}", "the app has no name"],
  ["a ready that says nothing", '{ "name": "shop", "remsh": { "ready": "soon" } }', 'must be "listening"'],
  ["an unknown setting", '{ "name": "shop", "remsh": { "task": "./a.js" } }', 'has no setting "task"'],
  ["preload that is no yes or no", '{ "name": "shop", "remsh": { "tasks": "./a.js", "preload": 1 } }', "true or false"],
  ["no JSON", "{", "Cannot read"],
])("a package.json with %s costs a warning, not the app", async (_what, manifest, reason) => {
  const shop = project({ "server.mjs": 'console.log("up");' });
  // Node itself stumbles over a broken package.json next to an app: this one is above it.
  mkdirSync(path.join(shop.directory, "app"));
  writeFileSync(path.join(shop.directory, "package.json"), manifest);
  writeFileSync(path.join(shop.directory, "server.mjs"), 'console.log("up");');
  const register = path.join(ROOT, "dist/register.js");
  const { finished } = start(NODE, ["--import", register, "server.mjs"], { env: shop.env, cwd: shop.directory });
  const { stdout, stderr, code } = await finished;
  expect({ stdout, code }).toEqual({ stdout: "up\n", code: 0 });
  expect(stderr).toContain("RemshWarning: The app runs without its agent: ");
  expect(stderr).toContain(reason);
});

test.each([".", "$PWD"])("a file that is only an argument of node -e, in %s, is not executed", async (folder) => {
  const manifest = { name: "shop", type: "module", remsh: { ready: "evaluated" } };
  const drop = 'console.log("executed");';
  const { directory: cwd, env } = project({ "package.json": JSON.stringify(manifest), "drop.js": drop });
  const words = ["-e", SERVER, path.join(folder.replace("$PWD", cwd), "drop.js")];
  const app = start(NODE, ["--import", "remsh/register", ...words], { env, cwd });
  expect((await remsh(["ping", "--ready", "--wait", "20s"], { env, cwd })).code).toBe(0);
  expect(app.output.stdout).toBe("up\n");
  await stop(app);
});

test("node --check executes nothing of the app", async () => {
  const { directory, env } = project(MODULE_APP);
  const { finished } = start(NODE, ["--import", "remsh/register", "--check", "server.js"], { env, cwd: directory });
  expect(await finished).toMatchObject({ stdout: "", code: 0 });
});

const AWAITS =
  'await new Promise((resolve) => setTimeout(resolve, 300)); console.log("up"); setInterval(() => {}, 60_000);';

test.each([
  [".", "commonjs", SERVER],
  ["server", "commonjs", SERVER],
  [".", "module", AWAITS],
  ["server", "module", AWAITS],
])("node %s starts the app of type %s, and it is ready when that is evaluated", async (word, type, server) => {
  const manifest = { name: "shop", type, main: "server.js", remsh: { entry: "./server.js", ready: "evaluated" } };
  const { directory, env } = project({ "package.json": JSON.stringify(manifest), "server.js": server });
  const app = startRegistered({ directory, env }, word);
  await app.printed("up");
  const { stderr, code } = await remsh(["ping", "--ready", "--wait", "20s"], { env, cwd: directory });
  expect({ stderr, code, stdout: app.output.stdout }).toEqual({ stderr: "", code: 0, stdout: "up\n" });
  await stop(app);
});

test("an app's own worker threads start no agents", async () => {
  const shop = project({
    ...MODULE_APP,
    "release.js": "export const Release = { hello: () => 'hello' };",
    "server.js": `import { Worker } from "node:worker_threads";
      const worker = new Worker('setInterval(() => {}, 60_000); require("worker_threads").parentPort.postMessage(1);', { eval: true });
      worker.once("message", () => console.log("up"));`,
  });
  const app = startRegistered(shop, "server.js");
  await upAndListening(app, shop);
  expect(app.output.stderr).toBe("");
  const { directory: cwd, env } = shop;
  expect(await remsh(["pid"], { env, cwd })).toEqual({ stdout: `${app.child.pid}\n`, stderr: "", code: 0 });
  await stop(app);
});

test("under node:cluster each process is an instance, the primary too", async () => {
  const shop = project({
    ...MODULE_APP,
    "release.js": "export const Release = { pid: () => process.pid };",
    "server.js": `import cluster from "node:cluster";
      if (cluster.isPrimary) for (const _ of [1, 2]) cluster.fork();
      else { setInterval(() => {}, 60_000); console.log("up"); }`,
  });
  const app = startRegistered(shop, "server.js");
  const { directory: cwd, env } = shop;
  const run = (...words: string[]) => remsh(words, { env, cwd });
  const instances = async () => /Cannot choose: (\d) instances/.exec((await run("ping")).stderr)?.[1];
  await eventually(async () => (await instances()) === "3", "all three listen");
  expect(await run("--any", "ping")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  expect(await run("--instance", String(app.child.pid), "rpc", "Release.pid")).toMatchObject({
    stdout: `${app.child.pid}\n`,
  });
  await stop(app);
});
