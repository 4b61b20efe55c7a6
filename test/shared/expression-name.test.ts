import { expect, test } from "vitest";
import { Registry } from "../../agent/tasks/registry.ts";
import { isTaskName } from "../../shared/expression-name.ts";

test.each(["Release.migrate", "$_1", "Überweisung.größe", "公開.移行", "ação", "a\u200db"])(
  "%s is a task's name",
  (name) => {
    expect(isTaskName(name)).toBe(true);
  },
);

test.each(["", "1a", "a.", ".a", "a b", "a-b", "a()", "😀", "a;", "a\n"])("%j is none", (name) => {
  expect(isTaskName(name)).toBe(false);
});

test("every name that can be called is one that the agent lists", () => {
  const run = () => 1;
  const registry = new Registry({ Überweisung: { größe: run, "not one": run, "": run }, 公開: { 移行: run } });
  expect(registry.describe().map(({ name }) => name)).toEqual(["Überweisung.größe", "公開.移行"]);
  expect(registry.find("Überweisung.größe").name).toBe("Überweisung.größe");
});
