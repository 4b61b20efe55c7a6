import { expect, test } from "vitest";
import { coloured, oneLine, visible } from "../../../client/terminal/visible.ts";

test.each<[string, string, string]>([
  ["an escape sequence", "\u001b[2J\u001b]52;c;eA==\u0007", "\\u001b[2J\\u001b]52;c;eA==\\u0007"],
  ["C1", "\u009b31m\u0085", "\\u009b31m\\u0085"],
  ["what turns the direction", "a\u202eb\u2066c\u200f\u061c", "a\\u202eb\\u2066c\\u200f\\u061c"],
  ["what separates lines", "a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  ["a carriage return and a backspace", "done\rfail\b", "done\\rfail\\u0008"],
  ["DEL and NUL", "\u007f\0", "\\u007f\\u0000"],
])("%s is shown", (_what, text, shown) => {
  expect(visible(text)).toBe(shown);
});

test("a tab, the ends of lines and every script stay", () => {
  const text = "a\tb\r\nc\n größe 日本 שלום 👩‍👩‍👧 \u200d";
  expect(visible(text)).toBe(text);
});

test("a row has no second line", () => {
  expect(oneLine("1.0\nApplied 3 migrations\r\n\u001b[1A")).toBe("1.0\\nApplied 3 migrations\\n\\u001b[1A");
});

test("of a coloured value only the colours are obeyed", () => {
  expect(coloured("{ a: \u001b[33m5\u001b[39m, b: \u001b[2J }")).toBe("{ a: \u001b[33m5\u001b[39m, b: \\u001b[2J }");
});

test("JSON stays the same JSON", () => {
  const value = { text: "\u009b\u202e\u2028\u007f" };
  expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
});
