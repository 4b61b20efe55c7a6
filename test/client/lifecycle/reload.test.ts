import { existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, stop, type Running } from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const ESM = (value: string) => `import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export const Release = {
  value: () => "${value}",
  async slow(go) { console.log("begun"); while (!existsSync(go)) await sleep(10); return "${value}"; },
};`;
const CJS = (value: string) => `exports.Release = { value: () => "${value}" };`;

test.each([
  ["release.js", ESM],
  ["release.cjs", CJS],
  ["release.ts", ESM],
] as const)("reload brings a fixed task from %s; a module that fails changes nothing", async (name, module) => {
  const { root, shop, startShop } = makeProject({ files: { [name]: module("first") }, remsh: { tasks: name } });
  symlinkSync(path.join(import.meta.dirname, "../../../node_modules/tsx"), path.join(root, "node_modules/tsx"));
  running.push(startShop(["start"]));
  await shop("ping", "--ready", "--wait", "20s");
  expect((await shop("rpc", "Release.value")).stdout).toBe("first\n");
  for (const value of ["second", "third"]) {
    writeFileSync(path.join(root, name), module(value));
    expect(await shop("reload")).toEqual({ stdout: module === CJS ? "1 task\n" : "2 tasks\n", stderr: "", code: 0 });
    expect((await shop("rpc", "Release.value")).stdout).toBe(`${value}\n`);
  }
  writeFileSync(path.join(root, name), "exports.Release = {; export const");
  expect(await shop("reload")).toMatchObject({
    stdout: "",
    code: 78,
    stderr: expect.stringMatching(/^Cannot reload the tasks, and the old ones stay: /) as string,
  });
  expect((await shop("rpc", "Release.value")).stdout).toBe("third\n");
});

test("a run in flight ends on the code that it began with", async () => {
  const { root, shop, startShop } = makeProject({ files: { "release.js": ESM("old") } });
  running.push(startShop(["start"]));
  await shop("ping", "--ready", "--wait", "20s");
  const go = path.join(root, "go");
  const slow = startShop(["rpc", "Release.slow", go]);
  await slow.printed("begun");
  writeFileSync(path.join(root, "release.js"), ESM("new"));
  await shop("reload");
  expect((await shop("rpc", "Release.value")).stdout).toBe("new\n");
  writeFileSync(go, "");
  expect(await slow.finished).toEqual({ stdout: "begun\nold\n", stderr: "", code: 0 });
});

test("a reload that was given up does not bring its tasks, and the next one does", async () => {
  const { root, shop, startShop } = makeProject({ files: { "release.js": ESM("first") } });
  running.push(startShop(["start"]));
  await shop("ping", "--ready", "--wait", "20s");
  const [go, loaded] = [path.join(root, "go"), path.join(root, "loaded")];
  const waiting = `import { writeFileSync } from "node:fs";
    while (!existsSync(${JSON.stringify(go)})) await sleep(10);
    writeFileSync(${JSON.stringify(loaded)}, "");`;
  writeFileSync(path.join(root, "release.js"), `${ESM("slow")}\nconsole.log("loading");\n${waiting}`);
  const slow = startShop(["reload", "--timeout", "2s"]);
  await running[0]?.printed("loading");
  writeFileSync(path.join(root, "release.js"), ESM("new"));
  expect(await shop("reload", "--timeout", "20s")).toMatchObject({ code: 0 });
  expect(await slow.finished).toEqual({
    stdout: "",
    stderr: 'Gave up on "reload" after 2 s: the tasks\' module did not load in time, and the old tasks stay\n',
    code: 75,
  });
  writeFileSync(go, "");
  await eventually(() => existsSync(loaded), "the slow one has been loaded");
  expect((await shop("rpc", "Release.value")).stdout).toBe("new\n");
});

/** An app that reads its configuration itself; "Config.value" gives what it read last. */
const CONFIGURED = (tasks: string) => `
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "remsh";
createServer().listen(0, "127.0.0.1");
globalThis.config = "first";
await startAgent({
  tasks: ${tasks},
  async onReload({ signal }) {
    const read = readFileSync("config", "utf8");
    if (read === "broken") throw new Error("no database configured");
    if (read === "patient") await sleep(600_000, undefined, { signal, ref: false });
    while (read === "blocking" && !existsSync("go"));
    while (read === "deaf" && !existsSync("go")) await sleep(10);
    globalThis.config = read;
  },
});`;
const READ = (version: string) =>
  `export const Config = { value: () => globalThis.config, version: () => "${version}" };`;

describe("an app with onReload", () => {
  const { root, shop, startShop } = makeProject({
    files: { "server.js": CONFIGURED('() => import("./release.js")'), "release.js": READ("1") },
  });
  let app: Running;
  beforeAll(async () => {
    app = startShop(["start"]);
    await shop("ping", "--ready", "--wait", "20s");
  });
  afterAll(() => stop(app, "SIGTERM"));

  const write = (config: string, version: string) => {
    writeFileSync(path.join(root, "config"), config);
    writeFileSync(path.join(root, "release.js"), READ(version));
  };
  const now = async () => (await shop("rpc", "[await Config.value(), await Config.version()].join()")).stdout.trim();

  test("has its new tasks when that has succeeded, and its old ones when it threw", async () => {
    write("second", "2");
    expect(await shop("reload")).toEqual({ stdout: "2 tasks\n", stderr: "", code: 0 });
    expect(await now()).toBe("second,2");
    write("broken", "3");
    const sentence = `Cannot reload, and the old tasks stay: onReload threw Error: no database configured, at ${root}/server.js:12`;
    expect(await shop("reload")).toEqual({ stdout: "", stderr: `${sentence}\n`, code: 78 });
    const { stdout } = await shop("reload", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "RELOAD_FAILED", message: sentence, state: "stopped" },
    });
    expect(await now()).toBe("second,2");
    writeFileSync(path.join(root, "release.js"), "export const {");
    writeFileSync(path.join(root, "config"), "not read");
    expect(await shop("reload")).toMatchObject({ code: 78, stderr: expect.stringContaining("SyntaxError") as string });
    expect(await now()).toBe("second,2");
  });

  test("changes no task any more once its reload has been given up, whatever onReload does", async () => {
    const giveUp = () => shop("reload", "--timeout", "1s");
    write("patient", "4");
    expect(await giveUp()).toMatchObject({ stdout: "", code: 75 });
    write("blocking", "5");
    expect(await giveUp()).toMatchObject({
      code: 75,
      stderr: expect.stringMatching(/; the reload has begun, and may still run\n$/) as string,
    });
    writeFileSync(path.join(root, "go"), "");
    expect((await shop("rpc", "Config.version")).stdout).toBe("2\n");
    rmSync(path.join(root, "go"));
    write("deaf", "6");
    expect(await giveUp()).toMatchObject({ code: 75 });
    const next = startShop(["reload", "--timeout", "60s"]);
    write("third", "7");
    writeFileSync(path.join(root, "go"), "");
    expect(await next.finished).toEqual({ stdout: "2 tasks\n", stderr: "", code: 0 });
    expect(await now()).toBe("third,7");
  });
});

test("an app with onReload and no module of its tasks reads its configuration again", async () => {
  const { root, shop, startShop } = makeProject({
    files: { "server.js": CONFIGURED("{ Config: { value: () => globalThis.config } }") },
    remsh: { tasks: undefined },
  });
  running.push(startShop(["start"]));
  await shop("ping", "--ready", "--wait", "20s");
  writeFileSync(path.join(root, "config"), "second");
  expect(await shop("reload", "--json")).toEqual({ stdout: '{"tasks":1}\n', stderr: "", code: 0 });
  expect((await shop("rpc", "Config.value")).stdout).toBe("second\n");
});

test("an app that has given its tasks as an object says that it cannot, and what would", async () => {
  const app = await startApp("shop.mjs");
  expect(await app.remsh("reload")).toEqual({
    stdout: "",
    stderr:
      'Cannot reload the tasks: the app gave startAgent an object (give it a function, tasks: () => import("./release.js"))\n',
    code: 69,
  });
  await app.stop();
});
