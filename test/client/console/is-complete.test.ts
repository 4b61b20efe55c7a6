// Whether the next line belongs to what has been typed.
import { expect, test } from "vitest";
import { isComplete } from "../../../client/console/is-complete.ts";

test.each([
  "1 + 1",
  "await x",
  "for await (const a of b) f(a)",
  "const a = 1",
  "let y = ;",
  "}",
  "'abc",
  "{ a: 1 }",
  "f)",
  "// only",
])("%s is complete", (source) => expect(isComplete(`${source}\n`)).toBe(true));

test.each([
  "function f() {",
  "f(1,",
  "[1,\n2,",
  "`abc",
  "/* abc",
  "if (a)",
  "x +",
  "async () => {\nawait 1",
  "{ a: 1,",
])("%s goes on in the next line", (source) => expect(isComplete(`${source}\n`)).toBe(false));
