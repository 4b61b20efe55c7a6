// What is made of a line before it is evaluated.
import { expect, test } from "vitest";
import { prepareSource } from "../../../agent/console/source.ts";

const HOOK = 'globalThis[Symbol.for("remsh.console")]';
const AWAIT = `${HOOK}.resume(await`;
const isGlobal = (name: string) => ["process", "crypto", "fetch", "URL"].includes(name);

test.each([
  ["1 + 1", "1 + 1"],
  ["{ a: 1 }", "({ a: 1 }\n)"],
  ["{ const a = 1; }", "{ const a = 1; }"],
  ["{ a: 1 };", "{ a: 1 };"],
  ["await import('os')", `${AWAIT} ${HOOK}.hold( ${HOOK}.import('os')))`],
  ["const f = () => import(x); import('y')", `const f = () => ${HOOK}.import(x); ${HOOK}.import('y')`],
  [
    "f(await (a, b), await await c)",
    `f(${AWAIT} ${HOOK}.hold( (a, b))), ${AWAIT} ${HOOK}.hold( ${AWAIT} ${HOOK}.hold( c)))))`,
  ],
  ["async () => await x", `async () => ${AWAIT} ${HOOK}.pass( x))`],
  ["async () => { for await (const a of b); }", `async () => { for await (const a of  ${HOOK}.passEach(b)); }`],
  ["for await (const a of await b);", `for await (const a of  ${HOOK}.holdEach(${AWAIT} ${HOOK}.hold( b))));`],
  ["for await (const a of import(b));", `for await (const a of  ${HOOK}.holdEach(${HOOK}.import(b)));`],
  [
    "for await (const a of (b, c)) await d",
    `for await (const a of  ${HOOK}.holdEach((b, c))) ${AWAIT} ${HOOK}.hold( d))`,
  ],
  ["'import(1)'", "'import(1)'"],
  ["let y = ;", "let y = ;"],
  ["const context = 1", "const context = 1"],
  ["function f() { const process = 1; return process }", "function f() { const process = 1; return process }"],
])("%s is evaluated as %s", (typed, evaluated) => {
  expect(prepareSource(typed, isGlobal).source).toBe(evaluated);
});

test.each([
  "const process = 1",
  "let { crypto } = require('x')",
  "var [a, ...fetch] = []",
  "function fetch() {}",
  "class URL {}",
  "const { a: { b: process = 1 } } = {}",
  "await 1; const crypto = 1",
])("%s is refused: the app would get it instead of its own global", (typed) => {
  expect(() => prepareSource(typed, isGlobal)).toThrow(
    /^Cannot declare "(process|crypto|fetch|URL)": the app would get it/,
  );
});
