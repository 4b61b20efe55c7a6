import { expect, test } from "vitest";
import { optionNameOf, propertyNamed } from "../../../client/commands/option-names.ts";

test.each([
  ["count", "count"],
  ["dryRun", "dry-run"],
  ["maxURL", "max-u-r-l"],
  ["URL", "URL"],
  ["snake_case", "snake_case"],
  ["already-kebab", "already-kebab"],
  ["x2", "x2"],
])("the property %s is the option --%s, and is read back from it", (key, option) => {
  expect(optionNameOf(key)).toBe(option);
  expect(propertyNamed(option, { properties: { [key]: {} } })).toEqual({ key, negated: false });
});

test("an option that begins with no- is a property of that name where the schema has one", () => {
  expect(propertyNamed("no-cache", { properties: { noCache: {} } })).toEqual({ key: "noCache", negated: false });
  expect(propertyNamed("no-cache", { properties: { cache: {} } })).toEqual({ key: "cache", negated: true });
  expect(propertyNamed("no-cache", undefined)).toEqual({ key: "cache", negated: true });
});
