import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { isSameApp } from "../../shared/app-folder.ts";
import { removeTemporary, temporaryDirectory } from "../end-to-end/processes.ts";

afterAll(removeTemporary);

test("the app of a folder that was removed is reached from beside it, and from nowhere else", () => {
  const parent = temporaryDirectory();
  const [old, beside, deeper] = ["old", "new", "new/deeper"].map((name) => path.join(parent, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(old);
  mkdirSync(deeper, { recursive: true });
  const own = { root: old, isGiven: true };
  expect(isSameApp(own, { root: beside }), "while its folder is there").toBe(false);
  rmSync(old, { recursive: true });
  expect(isSameApp(own, { root: beside })).toBe(true);
  expect(isSameApp(own, { root: deeper })).toBe(false);
});
