import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually, remsh, removeTemporary, stop, type Finished, type Running } from "./processes.ts";
import { project, startRegistered, type Project } from "./registered.ts";

afterAll(removeTemporary);

let shop: Project;
let app: Running;
beforeEach(async () => {
  shop = project({
    "package.json": '{ "name": "shop", "type": "module", "remsh": { "tasks": "./release.js", "ready": "evaluated" } }',
    "server.js": "setInterval(() => {}, 60_000);",
  });
  app = startRegistered(shop, "server.js");
  await eventually(async () => (await run("ping")).code === 0, "the agent listens");
});
afterEach(() => stop(app));

function run(...words: string[]): Promise<Finished> {
  return remsh(words, { env: shop.env, cwd: shop.directory });
}

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(shop.directory, name), text);
}

const RELEASE = 'import "./config.js"; export const Release = { seed: () => "seeded" };';

test.each([
  [
    "throws",
    {
      "release.js": RELEASE,
      "config.js": '\nconst need = (name) => {\n  throw new Error(`${name} is not set`);\n};\nneed("DATABASE_URL");',
    },
    (folder: string) => `Error: DATABASE_URL is not set, at ${folder}/config.js:3`,
  ],
  [
    "ends too soon",
    { "release.js": "export const Release = {\n  seed() {\n" },
    (folder: string) => `SyntaxError: Unexpected end of input, at ${folder}/release.js:3`,
  ],
  [
    "imports what cannot be parsed",
    { "release.js": RELEASE, "config.js": "\nexport const url = ;" },
    (folder: string) => `SyntaxError: Unexpected token ';', at ${folder}/config.js:2`,
  ],
  [
    "is CommonJS that cannot be parsed",
    { "package.json": '{ "name": "shop", "remsh": { "tasks": "./release.js" } }', "release.js": "\nexports.a = ;" },
    (folder: string) => `SyntaxError: Unexpected token ';', at ${folder}/release.js:2`,
  ],
  [
    "imports what is not exported",
    { "release.js": 'import { url } from "./config.js";', "config.js": "" },
    (folder: string) =>
      `SyntaxError: The requested module './config.js' does not provide an export named 'url', at ${folder}/release.js:1`,
  ],
  [
    "imports a package that is not there",
    { "release.js": 'import "none";' },
    (folder: string) => `Error: Cannot find package 'none' imported from ${folder}/release.js`,
  ],
  ["is not there", {}, (folder: string) => `Error: Cannot find module '${folder}/release.js'`],
  [
    "has no task",
    { "release.js": "export const version = 3;" },
    () => "there is no task in { version: 3 } (a task is a function or a task({ … }), alone or in a namespace)",
  ],
])("a task module that %s is told in one sentence, again and again", async (_what, files, reason) => {
  write(files);
  const sentence = `Cannot load the app's tasks: ${reason(shop.directory)}\n`;
  for (const words of [["tasks"], ["rpc", "Release.seed"], ["rpc", "Release.seed", "3"]])
    expect(await run(...words)).toEqual({ stdout: "", stderr: sentence, code: 78 });
  expect(await run("reload")).toEqual({
    stdout: "",
    stderr: sentence.replace("Cannot load the app's tasks", "Cannot reload the tasks, and the old ones stay"),
    code: 78,
  });
});

describe("while the tasks cannot be loaded", () => {
  beforeEach(() => write({ "release.js": '\nthrow new Error("no database configured");' }));

  test("the app is ready for traffic, and status says what is wrong with the tasks", async () => {
    const reason = `Error: no database configured, at ${shop.directory}/release.js:2`;
    expect(await run("ping", "--ready")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    const { stdout, code } = await run("status");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}state {7}ready$/m);
    expect(stdout).toContain(`  tasks       cannot be loaded: ${reason}\n`);
    expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({
      ready: "ready",
      tasksFailure: `Cannot load the app's tasks: ${reason}`,
    });
  });

  test("who only looks does not have the module evaluated again, who calls does", async () => {
    const evaluations = () => app.output.stdout.split("evaluated").length - 1;
    write({ "release.js": 'console.log("evaluated");\nthrow new Error("no database configured");' });
    const looks = [
      ["status"],
      ["status"],
      ["__complete", "--", "rpc", "R"],
      ["remote", "-e", "1"],
      ["remote", "--safe", "-e", "1"],
    ];
    for (const words of looks) await run(...words);
    expect(evaluations()).toBe(1);
    const calls = [
      ["rpc", "Release.seed"],
      ["rpc", "Release.seed", "3"],
      ["rpc", "Release.seed()"],
      ["tasks"],
      ["reload"],
    ];
    for (const words of calls) expect((await run(...words)).code).toBe(78);
    expect(evaluations()).toBe(6);
    expect((await run("status")).stdout).toContain("no database configured");
    expect(evaluations()).toBe(6);
    write({ "release.js": 'export const Release = { seed: () => "seeded" };' });
    expect(await run("rpc", "Release.seed")).toEqual({ stdout: "seeded\n", stderr: "", code: 0 });
  });

  test("status counts them once the module is mended", async () => {
    await run("status");
    write({ "release.js": RELEASE, "config.js": "" });
    expect((await run("status")).stdout).toContain("  tasks       1\n  runs        none in flight\n");
    expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ tasks: 1, runs: 0 });
    rmSync(path.join(shop.directory, "release.js"));
    expect((await run("rpc", "Release.seed")).stdout).toBe("seeded\n");
  });
});
