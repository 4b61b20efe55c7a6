// Known ways out of vm2, each tried as an expression. None may reach a `process`; and the app's would be in another process
// still (see test/evaluator/outside.test.ts for what is there).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SafeSession } from "../../client/safe-session.ts";
import { removeTemporary, startApp, type App } from "./processes.ts";

let app: App;
let session: SafeSession;
beforeAll(async () => {
  app = await startApp("shop.mjs");
  session = await SafeSession.open({ socket: app.socket, label: "shop" });
});
afterAll(async () => {
  session.close();
  await app.stop();
  removeTemporary();
});

/** Each ends in something that looks for a `process`; `found` is what it found. */
const LOOK =
  "const look = (from) => { try { return from('return process')().pid } catch (error) { return String(error) } };";

const TECHNIQUES: [name: string, code: string][] = [
  ["the constructor of the global object", "look(this.constructor.constructor)"],
  ["the constructor of a function", "look((() => {}).constructor)"],
  ["the constructor of a task", "look(Release.add.constructor)"],
  ["the constructor of print", "look(print.constructor)"],
  ["the constructor of what a task returned", "look((await Value.rich()).date.constructor.constructor)"],
  ["the constructor of what a task threw", "look(await Throw.error().catch((error) => error.constructor.constructor))"],
  ["the constructor of a promise of a task", "look(Release.add(1, 1).constructor.constructor)"],
  ["the constructor of an async function", "look((async () => {}).constructor)"],
  ["the constructor of a generator", "look((function* () {}).constructor)"],
  ["the constructor of an async generator", "look((async function* () {}).constructor)"],
  ["the prototype chain", "look(Object.getPrototypeOf(Object.getPrototypeOf(Release.add)).constructor.constructor)"],
  ["__proto__ and __lookupGetter__", "look(({}).__lookupGetter__('__proto__').call(print).constructor)"],
  [
    "Error.prepareStackTrace",
    "Error.prepareStackTrace = (_, frames) => frames; const { stack } = new Error(); look(stack[0]?.getThis?.()?.constructor?.constructor ?? stack.constructor.constructor)",
  ],
  [
    "Error.prepareStackTrace and getFunction",
    "Error.prepareStackTrace = (_, frames) => frames.map((f) => f.getFunction?.()).find(Boolean); look(new Error().stack?.constructor ?? Function)",
  ],
  [
    "a stack that overflows in the host",
    "let found; const f = () => { try { f() } catch (error) { found ??= look(error.constructor.constructor) } }; f(); found",
  ],
  [
    "an error of the host's with a Symbol as its name",
    "let found; try { const error = new Error(); error.name = Symbol(); error.stack } catch (error) { found = look(error.constructor.constructor) } found",
  ],
  [
    "the species of a promise",
    "class P extends Promise { static get [Symbol.species]() { return function (run) { run((x) => x, (error) => (P.found = look(error.constructor.constructor))) } } }; try { P.resolve().then(() => { throw new Error() }) } catch {} await null; P.found ?? 'none'",
  ],
  [
    "the catch of an async host error",
    "const error = new Error(); error.name = Symbol(); let found = 'none'; await (async () => error.stack)().catch((e) => (found = look(e.constructor.constructor))); found",
  ],
  [
    "Promise.prototype.then replaced",
    "const then = Promise.prototype.then; let found = 'none'; Promise.prototype.then = function (a, b) { found = look(this.constructor.constructor); return then.call(this, a, b) }; await Release.add(1, 1); Promise.prototype.then = then; found",
  ],
  [
    "a Proxy's traps",
    "let found = 'none'; const trap = new Proxy({}, { get: (...all) => { found = look(all[0].constructor.constructor) }, getPrototypeOf: (target) => { found = look(target.constructor.constructor); return null } }); print(trap); found",
  ],
  [
    "a Proxy as an argument",
    "let found = 'none'; await Release.show(new Proxy({}, { ownKeys: (target) => { found = look(target.constructor.constructor); return [] } })).catch(() => {}); found",
  ],
  [
    "util.inspect's hook",
    "let found = 'none'; print({ [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) { found = look(inspect?.constructor ?? options.constructor.constructor) } }); found",
  ],
  [
    "toJSON",
    "let found = 'none'; await Release.show({ toJSON(key) { found = look(arguments.constructor.constructor) } }); found",
  ],
  [
    "an async generator's return",
    "let found = 'none'; const g = (async function* () { yield 1 })(); await g.return({ get then() { found = look(this.constructor.constructor); return undefined } }); found",
  ],
  [
    "yield* over an iterator that throws",
    "let found = 'none'; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }), get throw() { throw new Error() } }) }; const g = (function* () { yield* it })(); g.next(); try { g.throw(1) } catch (error) { found = look(error.constructor.constructor) } found",
  ],
  [
    "for await and a thenable",
    "let found = 'none'; for await (const x of [{ then(resolve) { found = look(resolve.constructor); resolve(1) } }]) x; found",
  ],
  ["dynamic import", "await import('node:process').then((m) => m.default.pid, String)"],
  [
    "dynamic import of a data URL",
    "await import('data:text/javascript,export default process.pid').then((m) => m.default, String)",
  ],
  ["WebAssembly", "typeof WebAssembly === 'undefined' ? 'none' : String(WebAssembly.JSTag)"],
  [
    "WebAssembly.Module",
    "let found; try { found = look(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).constructor.constructor) } catch (error) { found = String(error) } found",
  ],
  ["the constructor of Buffer", "look(Buffer.constructor)"],
  ["the pool of Buffer", "Buffer.allocUnsafe(8192).toString('latin1').includes('process') ? 'leaked' : 'none'"],
  ["the parent of a Buffer", "look(Buffer.from('x').buffer.constructor.constructor)"],
  ["the prototype of Buffer", "look(Object.getPrototypeOf(Buffer.prototype).constructor.constructor)"],
  [
    "Symbol.species of an array",
    "class A extends Array { static get [Symbol.species]() { return function () { return Release.add } } }; look(new A(1, 2).map((x) => x).constructor)",
  ],
  [
    "Function.prototype.call replaced",
    "let found = 'none'; const { call } = Function.prototype; Function.prototype.call = function () { found = look(this.constructor) }; try { print(1) } catch {} Function.prototype.call = call; found",
  ],
  [
    "Array.prototype with a setter",
    "let found = 'none'; Object.defineProperty(Array.prototype, 0, { configurable: true, set(value) { try { found = look(value.constructor.constructor) } catch {} } }); try { print(1); [].concat([1]) } catch {} delete Array.prototype[0]; found",
  ],
  [
    "Object.prototype with a getter",
    "let found = 'none'; Object.defineProperty(Object.prototype, 'env', { configurable: true, get() { found = look(this.constructor.constructor) } }); try { print({}) } catch {} delete Object.prototype.env; found",
  ],
  [
    "Reflect.construct",
    "let found; try { found = Reflect.construct(Function, ['return process'])().pid } catch (error) { found = String(error) } found",
  ],
  [
    "with and Symbol.unscopables",
    "let found = 'none'; with (new Proxy({}, { has: () => true, get: (_, key) => (key === Symbol.unscopables ? undefined : typeof key) })) { found = process } found",
  ],
  ["vm2's own state", "VM2_INTERNAL_STATE_DO_NOT_USE_OR_PROGRAM_WILL_FAIL"],
  ["vm2's own state, written otherwise", "VM2_INTERNAL_STATE_DO_NOT_USE_OR_PROGRAM_WILL_FAI\\u004c"],
  ["a closed bracket", "}); process.pid; (() => {"],
  ["require", "require('node:process').pid"],
  ["require of another VM", "new (require('vm2').NodeVM)().run('process.pid')"],
  ["module and exports", "[typeof module, typeof exports, typeof require, typeof global?.process].join()"],
  ["arguments.callee.caller", "look((function () { return arguments.callee.caller ?? print })().constructor)"],
  ["the guest's own functions", "typeof guest + typeof start"],
  ["ShadowRealm", "typeof ShadowRealm === 'undefined' ? 'none' : new ShadowRealm().evaluate('typeof process')"],
  [
    "a finalizer",
    "let found = 'none'; new FinalizationRegistry((held) => (found = look(held.constructor.constructor))); found",
  ],
];

describe("does not reach a process", () => {
  test.each(TECHNIQUES)("%s", async (_name, code) => {
    const found = await session.evaluate(`${LOOK} ${code}`).catch((error: unknown) => String(error));
    expect(typeof found).not.toBe("number");
    expect(String(found)).not.toMatch(/object|leaked|^\d+$/);
  });
});

test("the app has lived through all of it, with its prototypes as they were", async () => {
  const client = await app.connect();
  expect(await client.call("Release.add", [1, 2])).toBe(3);
  expect(await client.call("Job.state")).not.toHaveProperty("polluted");
  await client.close();
});
