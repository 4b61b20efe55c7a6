import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeDirectory } from "../../shared/make-directory.ts";
import { removeTemporary, temporaryDirectory } from "../end-to-end/processes.ts";

afterAll(removeTemporary);

test("a directory is made with its parents, which all get the mode", () => {
  const folder = temporaryDirectory();
  makeDirectory(path.join(folder, "a/b"), 0o700);
  expect(["a", "a/b"].map((name) => statSync(path.join(folder, name)).mode & 0o777)).toEqual([0o700, 0o700]);
});

test("one that is there keeps its mode", () => {
  const folder = temporaryDirectory();
  mkdirSync(path.join(folder, "a"), { mode: 0o750 });
  makeDirectory(path.join(folder, "a"), 0o700);
  expect(statSync(path.join(folder, "a")).mode & 0o777).toBe(0o750);
});

test("below a file it fails at once", () => {
  const file = path.join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  expect(() => makeDirectory(path.join(file, "a/b"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
});

test.skipIf(!existsSync("/proc/self"))("below /proc it fails, where Node's own recursion never ends", () => {
  expect(() => makeDirectory("/proc/remsh/a/b")).toThrow(expect.objectContaining({ syscall: "mkdir" }));
});
