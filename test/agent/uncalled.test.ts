import { parse } from "acorn";
import { describe, expect, test } from "vitest";
import { aloneText, isEmpty, mentionText, uncalledMention, uncalledStatement } from "../../agent/tasks/uncalled.ts";

const TASKS = ["Release.db.seed", "Release.migrate", "rebuild"];

function parsed(code: string) {
  return parse(code, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
}

describe("a statement that is only a name is found:", () => {
  test.each([
    ["Release.migrate;", "Release.migrate"],
    [" rebuild // nightly", "rebuild"],
    ["Release.migrate()\nRelease.db.seed", "Release.db.seed"],
    ["await Release.migrate", "Release.migrate"],
    ["void Release?.migrate", "Release.migrate"],
    ["(Release['migrate'])", "Release.migrate"],
    ["globalThis.Release[`migrate`]", "Release.migrate"],
    ["[Release.migrate, Release.db.seed]", "Release.migrate"],
    ["({ first: Release.migrate })", "Release.migrate"],
    ["rebuild(), Release.migrate", "Release.migrate"],
    ["true ? Release.migrate : null", "Release.migrate"],
    ["true && Release.migrate", "Release.migrate"],
    ["if (1) { Release.migrate }", "Release.migrate"],
    ["later: Release.migrate", "Release.migrate"],
    ["(() => { Release.migrate })()", "Release.migrate"],
    ["'Release.migrate'", "Release.migrate"],
    ["Release", "Release"],
    ["Release.db; rebuild()", "Release.db"],
  ])("%s", (code, name) => {
    expect(uncalledStatement(parsed(code), TASKS)).toBe(name);
  });

  test.each([
    "Release.migrate()",
    "await Release['migrate']()",
    "x = Release.migrate",
    "Object.keys(Release)",
    "typeof Release.migrate",
    "'Release'",
    "Release.migrat",
    "[1].map(rebuild)",
  ])("and not in %s", (code) => {
    expect(uncalledStatement(parsed(code), TASKS)).toBeUndefined();
  });
});

describe("a task that is named and may never be called is found:", () => {
  test.each([
    ["const run = Release.migrate", "Release.migrate"],
    ["const { migrate } = Release", "Release"],
    ["x = Release.db", "Release.db"],
    ["print(Release.migrate)", "Release.migrate"],
    ["`${rebuild}`", "rebuild"],
    ["() => Release.migrate()", "Release.migrate"],
    ["const main = async () => { await Release.migrate() }", "Release.migrate"],
    ["async function main() { [1].map(() => rebuild()) }", "rebuild"],
    ["class Main { run() { rebuild() } }", "rebuild"],
    ["({ run() { rebuild() } })", "rebuild"],
  ])("%s", (code, name) => {
    expect(uncalledMention(parsed(code), TASKS)).toBe(name);
  });

  test.each([
    "if (false) await Release.migrate()",
    "[].map((id) => rebuild(id))",
    "await (async () => { await rebuild() })()",
    "typeof Release.migrate",
    "Object.keys(Release)",
    "Release.migrate`x`",
    "1 + 1",
  ])("and not in %s", (code) => {
    expect(uncalledMention(parsed(code), TASKS)).toBeUndefined();
  });
});

test("the sentences say how the task is called, or one of the namespace's", () => {
  expect([aloneText("rebuild", TASKS), aloneText("Release.db", TASKS), mentionText("Release", TASKS)]).toEqual([
    '"rebuild" alone calls nothing (write "rebuild()")',
    '"Release.db" alone calls nothing: it is a namespace (its tasks are called as "Release.db.seed()" is)',
    'it names "Release" and calls no task (write "Release.db.seed()")',
  ]);
});

test("code that is a comment, or a semicolon, is empty", () => {
  expect(["", " // Release.migrate()", ";;", "0"].map((code) => isEmpty(parsed(code)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
