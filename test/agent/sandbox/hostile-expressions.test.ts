// An expression that replaces JavaScript's built-ins, by mistake or on purpose: the failure of a task that it has called is told all the
// same, a failure never becomes a value, and a value is the one that it has come to.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildGuest } from "../../../build-guest.mjs";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";

const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;

/** What each replaces, before it calls the task that fails. */
const REPLACEMENTS: [what: string, code: string][] = [
  ["Map.prototype.set", "Map.prototype.set = function () { return this }"],
  ["Map.prototype.get and delete", "Map.prototype.get = () => undefined; Map.prototype.delete = () => false"],
  ["Map.prototype.size", "Object.defineProperty(Map.prototype, 'size', { get: () => 0 })"],
  ["WeakMap.prototype", "WeakMap.prototype.get = () => 7; WeakMap.prototype.set = () => {}"],
  ["Set.prototype", "Set.prototype.has = () => true; Set.prototype.add = () => {}"],
  ["Array.prototype.find", "Array.prototype.find = () => undefined"],
  ["Array.prototype.push and pop", "Array.prototype.push = () => 0; Array.prototype.pop = () => undefined"],
  [
    "every method of arrays",
    "for (const n of Object.getOwnPropertyNames(Array.prototype)) try { Array.prototype[n] = () => [] } catch {}",
  ],
  [
    "every method of strings",
    "for (const n of Object.getOwnPropertyNames(String.prototype)) try { String.prototype[n] = () => '' } catch {}",
  ],
  ["the iterator of arrays", "Array.prototype[Symbol.iterator] = function* () {}"],
  ["the iterator's next", "Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })"],
  [
    "a setter for the first element",
    "Object.defineProperty(Array.prototype, '0', { set() {}, get: () => 'forged', configurable: true })",
  ],
  ["JSON.stringify", `JSON.stringify = () => '{"type":"returned","result":{}}'`],
  ["JSON.parse", "JSON.parse = () => ({ id: 0, result: {} })"],
  ["JSON", "globalThis.JSON = { parse: () => ({}), stringify: () => '{}' }"],
  ["toJSON of every object", "Object.prototype.toJSON = () => ({ type: 'returned', result: { value: 'forged' } })"],
  [
    "toJSON of every array and string",
    "Array.prototype.toJSON = () => 'forged'; String.prototype.toJSON = () => 'forged'",
  ],
  ["then of every object", "Object.prototype.then = function (done) { done('forged') }"],
  [
    "the fields of a message",
    "Object.prototype.type = 'returned'; Object.prototype.result = {}; Object.prototype.error = undefined",
  ],
  ["the fields of a descriptor", "Object.prototype.get = () => 'forged'; Object.prototype.value = 'forged'"],
  ["toString and valueOf", "Object.prototype.toString = () => 'forged'; Object.prototype.valueOf = () => 0"],
  [
    "Object's functions",
    "Object.entries = Object.keys = Object.values = () => []; Object.hasOwn = () => false; Object.defineProperty = (o) => o",
  ],
  ["Object itself", "globalThis.Object = null; globalThis.Reflect = null; globalThis.Symbol = null"],
  [
    "Reflect's functions",
    "Reflect.apply = () => 'forged'; Reflect.get = () => 'forged'; Reflect.getPrototypeOf = () => null",
  ],
  [
    "Function.prototype",
    "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 'forged'",
  ],
  ["Error", "globalThis.Error = globalThis.TypeError = function () { return 'forged' }"],
  ["what is an error", "Object.defineProperty(Error, Symbol.hasInstance, { value: () => false })"],
  ["how an error's stack is made", "Error.prepareStackTrace = () => { throw 'forged' }; Error.stackTraceLimit = 0"],
  [
    "Promise.prototype.then",
    "Promise.prototype.then = function () { return this }; Promise.prototype.catch = Promise.prototype.then",
  ],
  [
    "Promise.prototype.then by its descriptor",
    "try { Object.defineProperty(Promise.prototype, 'then', { value: () => {} }) } catch {}",
  ],
  ["Promise itself", "Promise = class { then() {} }; try { globalThis.Promise = Promise } catch {}"],
  [
    "the prototype of arrays",
    "Object.setPrototypeOf(Array.prototype, { toJSON: () => 'forged', then: (done) => done(1) })",
  ],
  [
    "number and bigint",
    "Number.isFinite = Number.isInteger = () => false; Number.prototype.toString = () => '0'; globalThis.BigInt = () => 0",
  ],
  ["RegExp", "RegExp.prototype.exec = () => null; RegExp.prototype[Symbol.replace] = () => ''"],
  [
    "a built-in for good",
    "Object.defineProperty(Array.prototype, 'push', { value: () => 0, configurable: false, writable: false })",
  ],
  [
    "Array.prototype, and freezes it",
    "Array.prototype.map = () => []; Object.freeze(Array.prototype); Object.freeze(Object.prototype)",
  ],
];

/** Ways to lose a failure that are mistakes rather than attacks, and attacks on the one promise. */
const LOST: [what: string, code: string][] = [
  ["then without a handler of its failure", "T.fail().then((value) => value); 5"],
  ["finally", "T.fail().finally(() => {}); 5"],
  ["a catch that throws it on", "T.fail().catch((error) => { throw error }); 5"],
  ["an async function that is not awaited", "[1].forEach(async () => { await T.fail() }); 5"],
  ["Promise.all that is not awaited", "Promise.all([T.ok(1), T.fail()]); 5"],
  ["Promise.race and any", "Promise.race([T.fail()]); Promise.any([T.fail()]); 5"],
  ["Promise.resolve", "Promise.resolve(T.fail()); 5"],
  ["a promise that it resolves", "new Promise((resolve) => resolve(T.fail())); 5"],
  [
    "withResolvers",
    "const { promise, resolve } = Promise.withResolvers?.() ?? { resolve: (p) => p }; resolve(T.fail()); 5",
  ],
  ["a then of the promise's own", "const p = T.fail(); Object.defineProperty(p, 'then', { value: () => {} }); 5"],
  ["another prototype of the promise", "const p = T.fail(); Object.setPrototypeOf(p, null); 5"],
  ["another constructor of the promise", "const p = T.fail(); try { p.constructor = Object } catch {} 5"],
  ["a method of the promise's class", "const p = T.fail(); try { p.constructor.prototype.then = () => {} } catch {} 5"],
  ["the promise in its value", "[T.fail()]"],
  ["a task called by the value's toJSON", "({ toJSON() { T.fail(); return 'fine' } })"],
  [
    "an error that says it is fine",
    "try { await T.fail() } catch (error) { error.exitCode = 0; error.name = 'Fine'; throw error }",
  ],
  ["a failure that changes what is thrown", "T.fail().catch(() => { throw 0 }); 5"],
];

/** What a task's Map, and an array in a Map of the expression's own, come out as. */
const VALUE = "const kept = await T.rich(); ({ kept, text: ['a', 1n] })";

/** Failures that are heard, which are none of the expression's. */
const HANDLED = [
  "T.fail().catch(() => {}); 5",
  "try { await T.fail() } catch {} 5",
  "const p = T.fail(); await T.ok(1); await p.catch(() => {}); 5",
  "await Promise.allSettled([T.fail(), T.ok(1)]); 5",
  "await T.fail().then(() => 4, () => 5)",
];

/** The second expression of a session has nothing to do with how the first failed. */
const TWO = ["const f = async () => { throw new Error('a') }; f(); throw new Error('b')", "1 + 1"];

const BOTH_WAYS = ["T.fail(); 5", "await T.fail()"];

let replaced: unknown[][];
let lost: unknown[];
let handled: unknown[];
let two: unknown[];

beforeAll(async () => {
  const lists = REPLACEMENTS.map(([, code]) => [...BOTH_WAYS.map((call) => `${code}; ${call}`), `${code}; ${VALUE}`]);
  const guest = (await buildGuest()).outputFiles[0]?.text ?? "";
  const driver = path.join(temporaryDirectory(), "hostile-driver.cjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "fixtures/hostile-driver.ts")],
    define: { GUEST_PROGRAM: JSON.stringify(guest) },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: driver,
  });
  const vm2 = createRequire(import.meta.url).resolve("vm2");
  const child = spawn(NODE, ["--no-warnings", driver, vm2], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify([...lists, LOST.map(([, code]) => code), HANDLED, TWO]));
  const lines = (await text(child.stdout)).trimEnd().split("\n");
  const endings = lines.map((line) => JSON.parse(line) as unknown[]);
  expect(endings).toHaveLength(lists.length + 3);
  [lost = [], handled = [], two = []] = endings.splice(lists.length);
  replaced = endings;
});
afterAll(removeTemporary);

/** How the value is sent. */
const RIGHT = {
  type: "returned",
  result: { value: '[{"kept":1,"text":4},["Map",2,3],"k","v",[5,6],"a",["BigInt","1"]]', encoding: "devalue" },
};

/** Replacements with which the code itself comes to something else, as it does in any JavaScript; else it has its value. */
const OTHERWISE = new Map<string, object>([
  // What `await` makes of an object.
  ["then of every object", { type: "returned", result: { value: "forged" } }],
]);

/** They keep the session from another expression. */
const FOR_GOOD = ["a built-in for good", "what is an error", "Array.prototype, and freezes it"];

test.each(REPLACEMENTS.map(([what], index) => [what, index] as const))(
  "an expression that replaces %s fails with its task's failure, and comes to its value or to none",
  (what, index) => {
    const [unawaited, ...others] = replaced[index] ?? [];
    const failed = { type: "threw", call: expect.any(Number) as number };
    const refused = { type: "unreadable" };
    expect(unawaited).toMatchObject(failed);
    expect(others).toMatchObject(FOR_GOOD.includes(what) ? [refused, refused] : [failed, OTHERWISE.get(what) ?? RIGHT]);
  },
);

test.each(LOST.map(([what], index) => [what, index] as const))("a failure is not lost by %s", (_what, index) => {
  expect(lost[index]).toMatchObject({ type: "threw" });
});

test.each(HANDLED.map((code, index) => [code, index] as const))(
  "a failure that is handled is none: %s",
  (_code, index) => {
    expect(handled[index]).toMatchObject({ type: "returned", result: { value: 5 } });
  },
);

test("a rejection that V8 reports after an expression has failed is not the next one's", () => {
  expect(two).toMatchObject([
    { type: "threw", thrown: { error: { message: "b" } } },
    { type: "returned", result: { value: 2 } },
  ]);
});
