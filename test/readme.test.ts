// What the README says of itself and of the code.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { EXIT_CODES } from "../client/cli/exit-codes.ts";

const ROOT = path.join(import.meta.dirname, "..");
const README = readFileSync(path.join(ROOT, "README.md"), "utf8");

test("the README has at most 200 lines", () => {
  expect(README.trimEnd().split("\n").length).toBeLessThanOrEqual(200);
});

test("the README's exit codes are those of the code", () => {
  const rows = [...README.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(EXIT_CODES));
});

test.each(["README.md", "CONTRIBUTING.md", "PROTOCOL.md", "docs/architecture.md"])(
  "every link of %s leads to a file",
  (name) => {
    const folder = path.dirname(path.join(ROOT, name));
    const text = readFileSync(path.join(ROOT, name), "utf8");
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    expect(links.filter((target) => !existsSync(path.join(folder, target)))).toEqual([]);
  },
);

test("the README's two lines are scripts of package.json, and CI runs its test line", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(README).toContain("npm ci && npm run demo");
  expect(README).toContain("npm ci && npm test");
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["demo", "test"]));
  expect(readFileSync(path.join(ROOT, ".ci/run"), "utf8")).toMatch(/^npm ci\nnpm test$/m);
});
