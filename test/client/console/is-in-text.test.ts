// Where in what was typed Tab has nothing to complete.
import { expect, test } from "vitest";
import { isInText } from "../../../client/console/is-in-text.ts";

test.each([
  "'Release.",
  '"Release.',
  'f("a", `b ${c} Release.',
  "`Release.",
  "[1, // Release.",
  "/* Release.",
  "/Release.",
  "'it\\'s Release.",
  "f(`\nRelease.",
])("%j ends in a text", (source) => {
  expect(isInText(source)).toBe(true);
});

test.each([
  "",
  "Release.",
  "'a' + Release.",
  "`a ${Release.",
  "f(`\n${a}`, Release.",
  "/* a */ Release.",
  "// a\nRelease.",
  "a / Release.",
  "/'/.test(Release.",
  "@ Release.",
  "if (a) {\n  Release.",
])("%j ends in code", (source) => {
  expect(isInText(source)).toBe(false);
});
