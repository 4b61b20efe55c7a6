// docs/security.md says for each of its lines which test shows it: the test is there.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");
const rows = readFileSync(path.join(ROOT, "docs/security.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (---|it cannot)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test.each(rows.map(([, cannot = "", because = "", , shown = ""]) => [cannot, because, shown]))(
  "%s: %s",
  (_cannot, because, shown) => {
    const [, file = "", name = ""] = /^(\S+): (.+)$/.exec(shown) ?? [];
    expect(because).not.toBe("");
    expect(readFileSync(path.join(ROOT, "test", file), "utf8")).toContain(name);
  },
);
