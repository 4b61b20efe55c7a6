import { expect, test } from "vitest";
import { hasMoreValues } from "../../../../agent/gateway/admission/json-width.ts";

test.each([
  ["a list", JSON.stringify(Array.from({ length: 2000 }, () => 0))],
  ["lists", JSON.stringify(Array.from({ length: 1500 }, () => []))],
  ["an object", JSON.stringify(Object.fromEntries(Array.from({ length: 2000 }, (_, key) => [key, null])))],
  ["nesting", "[".repeat(2000) + "]".repeat(2000)],
  [
    "values behind strings with quotes in them",
    JSON.stringify(['\\"', "\\", '"', ...Array.from({ length: 2000 }, () => 1)]),
  ],
])("%s of more than a thousand values is wide", (_what, text) => {
  expect(hasMoreValues(text, 1000)).toBe(true);
});

test.each([
  ["a long text with commas in it", JSON.stringify([",[{".repeat(10_000)])],
  ["one with quotes and backslashes", JSON.stringify(['",\\,"'.repeat(10_000), "\\".repeat(999)])],
  ["a thousand values", JSON.stringify(Array.from({ length: 990 }, () => 12_345))],
  ["text that never ends its string", `["${",".repeat(5000)}`],
])("%s is not", (_what, text) => {
  expect(hasMoreValues(text, 1000)).toBe(false);
});
