import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, stop, type Running } from "../end-to-end/processes.ts";
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
  symlinkSync(path.join(import.meta.dirname, "../../node_modules/tsx"), path.join(root, "node_modules/tsx"));
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

test("a reload that takes longer than a later one does not bring its tasks back", async () => {
  const { root, shop, startShop } = makeProject({ files: { "release.js": ESM("first") } });
  running.push(startShop(["start"]));
  await shop("ping", "--ready", "--wait", "20s");
  const [go, loaded] = [path.join(root, "go"), path.join(root, "loaded")];
  const waiting = `import { writeFileSync } from "node:fs";
    while (!existsSync(${JSON.stringify(go)})) await sleep(10);
    writeFileSync(${JSON.stringify(loaded)}, "");`;
  writeFileSync(path.join(root, "release.js"), `${ESM("slow")}\nconsole.log("loading");\n${waiting}`);
  const slow = startShop(["reload"]);
  await running[0]?.printed("loading");
  writeFileSync(path.join(root, "release.js"), ESM("new"));
  expect(await shop("reload")).toMatchObject({ code: 0 });
  writeFileSync(go, "");
  await slow.finished;
  await eventually(() => existsSync(loaded), "the slow one has been loaded");
  expect((await shop("rpc", "Release.value")).stdout).toBe("new\n");
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
