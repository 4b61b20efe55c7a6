// docs/security.md says for each of its lines which test shows it: the test is there.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");
const lines = readFileSync(path.join(ROOT, "docs/security.md"), "utf8").split("\n");
const isRule = (line = "") => line.startsWith("| ---");
/** The rows of all its tables; a header is what stands above a rule. */
const rows = lines
  .filter((line, index) => line.startsWith("| ") && !isRule(line) && !isRule(lines[index + 1]))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test.each(rows.map((cells) => [cells[1] ?? "", cells[2] ?? "", cells.at(-2) ?? ""]))(
  "%s: %s",
  (_cannot, because, shown) => {
    const [, file = "", name = ""] = /^(\S+): (.+)$/.exec(shown) ?? [];
    expect(because).not.toBe("");
    expect(readFileSync(path.join(ROOT, "test", file), "utf8")).toContain(name);
  },
);
