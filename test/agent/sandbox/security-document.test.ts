// docs/security.md names for each of its rows the test that shows it. There is a test of that name, or a case of one.
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../..");
const lines = readFileSync(path.join(ROOT, "docs/security.md"), "utf8").split("\n");
const isRule = (line = "") => line.startsWith("| ---");
/** The rows of all its tables; a header is what stands above a rule. */
const rows = lines
  .filter((line, index) => line.startsWith("| ") && !isRule(line) && !isRule(lines[index + 1]))
  .map((line) => line.split("|").map((cell) => cell.trim()));

/** The names of a file's tests and of their cases: the first word of a row of a table, or a quoted key of an object. */
function namesIn(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    if (name && ts.isStringLiteralLike(name)) found.push(name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));
  return found;
}

function nameOf(node: ts.Node): ts.Node | undefined {
  if (ts.isCallExpression(node))
    return /^(?:test|describe|needing)\b/.test(node.expression.getText()) ? node.arguments[0] : undefined;
  if (ts.isArrayLiteralExpression(node)) return ts.isArrayLiteralExpression(node.parent) ? node.elements[0] : undefined;
  return ts.isPropertyAssignment(node) ? node.name : undefined;
}

test.each(rows.map((cells) => [cells[1] ?? "", cells[2] ?? "", cells.at(-2) ?? ""]))(
  "%s: %s",
  (_cannot, because, shown) => {
    const [, file = "", name = ""] = /^(\S+): (.+)$/.exec(shown) ?? [];
    expect(because).not.toBe("");
    expect(name).not.toBe("");
    const names = namesIn(path.join(ROOT, "test", file));
    expect(
      names.some((each) => each.includes(name)),
      `${file} has no test "${name}"`,
    ).toBe(true);
  },
);
