import { describe, expect, test } from "vitest";
import { Parser } from "acorn";
import { parseCode, toProgram, type AsyncProgram } from "../../../agent/sandbox/program.ts";

/** Evaluates codes one after the other in one global scope, as a session does; resolves to the last value. */
async function evaluate(...codes: string[]): Promise<unknown> {
  let value: unknown;
  for (const code of codes) {
    // The program is an expression whose value is an AsyncProgram.
    const program = (0, eval)(toProgram(code, parseCode(code, Parser))) as AsyncProgram;
    value = await program(Promise);
  }
  return value;
}

describe("the value", () => {
  test.each<[string, unknown]>([
    ["1 + 1", 2],
    ["1; 2;", 2],
    ["await Promise.resolve(3)", 3],
    ["{ a: 1 }.a", SyntaxError],
    ["({ a: 1 })", { a: 1 }],
    ["'text' // said", "text"],
    ["'text' /* said */ ;", "text"],
    ["(1, 2)", 2],
    ["'a\\\n' + `\n`", "a\n"],
    ["", undefined],
    ["// nothing", undefined],
    ["if (true) 1", undefined],
    ["let a1 = 1", undefined],
    ["let a2 = 1, b2; a2 + String(b2)", "1undefined"],
    ["const { c3, ...rest3 } = { c3: 1, d: 2 }; [c3, rest3]", [1, { d: 2 }]],
    ["const [d4 = 5, { e: { f4 } }] = [undefined, { e: { f4: 6 } }]; d4 + f4", 11],
    ["class A5 { b = 1 }\nnew A5().b", 1],
    ["f6(); function f6() { return 7 }", 7],
    ["for (const x of [1, 2]) await x; 8", 8],
    ["const g9 = 1\nconst h9 = 2\ng9 + h9", 3],
    ["1;;", 1],
    ["async () => {}", Function],
    ["return 1", SyntaxError],
    ["import x from 'y'", SyntaxError],
    ["await", SyntaxError],
    ["}) ; (() => {", SyntaxError],
    ["*/", SyntaxError],
  ])("of %j", async (code, expected) => {
    if (expected === SyntaxError) await expect(evaluate(code)).rejects.toBeInstanceOf(SyntaxError);
    else if (expected === Function) expect(await evaluate(code)).toBeInstanceOf(Function);
    else expect(await evaluate(code)).toEqual(expected);
  });
});

test("variables, functions and classes outlive their program, and can be declared again", async () => {
  expect(
    await evaluate("const a = 1; function f() { return a } class C {}", "const a = 2", "[a, f(), typeof C]"),
  ).toEqual([2, 2, "function"]);
});

test("a line stays the line that it was", () => {
  const code = "const a = 1;\n\nclass B {}\nfunction f() {}\nthrow new Error()";
  const program = toProgram(code, parseCode(code, Parser));
  expect(program.split("\n").findIndex((line) => line.includes("throw"))).toBe(4);
});
