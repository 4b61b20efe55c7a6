// Known ways out of vm2, each tried as an expression. None may reach a `process`; and the app's would be in another process
// still (see test/agent/sandbox/outside.test.ts for what is there).
import { inspect } from "node:util";
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
    "everything that can be reached from the global object",
    `const seen = new Set(); const wait = [globalThis, print, console, Release.add(1, 1), new Error(), Buffer.from('x')]; let found = 'none';
     while (wait.length > 0 && seen.size < 5000) {
       const next = wait.pop(); if ((typeof next !== 'object' && typeof next !== 'function') || next === null || seen.has(next)) continue;
       seen.add(next);
       try { const at = look(next.constructor?.constructor ?? String); if (typeof at === 'number') found = at } catch {}
       try { wait.push(Object.getPrototypeOf(next)) } catch {}
       let keys = []; try { keys = Reflect.ownKeys(next) } catch {}
       for (const key of keys) try { const { value, get, set } = Reflect.getOwnPropertyDescriptor(next, key) ?? {}; wait.push(value, get, set) } catch {}
     } seen.size > 500 ? found : 'too few: ' + seen.size`,
  ],
  ["process.binding", "typeof process === 'undefined' ? 'none' : process.binding('fs')"],
  [
    "timers, structuredClone and the like",
    "[typeof setTimeout, typeof setImmediate, typeof queueMicrotask, typeof structuredClone, typeof fetch].map((t) => t === 'undefined' ? 'none' : t).join()",
  ],
  ["Atomics", "typeof Atomics"],
  ["SharedArrayBuffer", "typeof SharedArrayBuffer"],
  ["the console's constructor", "look(console.log.constructor)"],
  [
    "the getter of __proto__ on a function of Buffer's",
    "look(Object.getOwnPropertyDescriptor(Buffer.from.__lookupGetter__('__proto__').call(Buffer.from), 'constructor').value)",
  ],
  [
    "a getter for descriptors on Object.prototype",
    "let found = 'none'; try { Object.defineProperty(Buffer.from(''), '', { get set() { Object.defineProperty(Object.prototype, 'get', { configurable: true, get() { throw (x) => x.constructor } }); return () => {} } }) } catch (error) { try { found = look(error(() => {})) } catch (other) { found = String(other) } } delete Object.prototype.get; found",
  ],
  [
    "the setter of Buffer's parent",
    "let found = 'none'; try { Object.defineProperty(Buffer.prototype, 'parent', { set(value) { found = look(value.constructor.constructor) } }); Buffer.from('x').parent = 1 } catch {} found",
  ],
  [
    "what Buffer.concat is given",
    "let found = 'none'; const list = [Buffer.from('a')]; list[Symbol.iterator] = function () { found = look(this.constructor.constructor) }; try { Buffer.concat(list) } catch {} found",
  ],
  [
    "a callback of Buffer's own",
    "let found = 'none'; try { Buffer.from({ valueOf() { found = look(this.constructor.constructor); return 'x' } }) } catch {} found",
  ],
  [
    "toPrimitive with what the host passes",
    "let found = 'none'; try { Buffer.from({ [Symbol.toPrimitive](...hints) { found = look(hints.constructor.constructor); return 'x' } }) } catch {} found",
  ],
  [
    "an error's own inspection when it is printed",
    "let found = 'none'; const error = new Error('x'); error[Symbol.for('nodejs.util.inspect.custom')] = (depth, options, inspect) => { found = look((inspect ?? options ?? depth).constructor) }; print(error); console.error(error); found",
  ],
  [
    "a Buffer's own inspection when it is printed",
    "let found = 'none'; const bytes = Buffer.from('x'); bytes.inspect = bytes[Symbol.for('nodejs.util.inspect.custom')] = (depth, options, inspect) => { found = look((inspect ?? options ?? depth).constructor) }; try { print(bytes) } catch {} found",
  ],
  [
    "an own inspection as the result",
    "({ a: 1, [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) { return look((inspect ?? options).constructor) } })",
  ],
  [
    "util.promisify's hook",
    "let found = 'none'; try { Object.defineProperty(Release.add, Symbol.for('nodejs.util.promisify.custom'), { value() { found = look(arguments.constructor.constructor) } }); print(Release.add) } catch {} found",
  ],
  [
    "the brands of streams",
    "let found = 'none'; const fake = { get [Symbol.for('nodejs.stream.disturbed')]() { found = look(this.constructor.constructor) } }; print(fake); found",
  ],
  [
    "Error.captureStackTrace",
    "let found = 'none'; const holder = {}; Error.stackTraceLimit = 100; Error.prepareStackTrace = (error, frames) => { for (const frame of frames) { const that = frame.getThis?.() ?? frame.getFunction?.(); if (that) found = look(that.constructor.constructor ?? that.constructor) } return '' }; Error.captureStackTrace(holder); holder.stack; delete Error.prepareStackTrace; typeof found === 'number' ? found : 'none'",
  ],
  [
    "Error.prepareStackTrace that is a Proxy",
    "let found = 'none'; Error.prepareStackTrace = new Proxy(() => 1, { apply: (target, that, all) => { found = look(all.constructor.constructor); return '' } }); new Error().stack; delete Error.prepareStackTrace; found",
  ],
  [
    "yield* of an async generator that returns a thenable",
    "let found = 'none'; const inner = { [Symbol.asyncIterator]: () => ({ next: () => ({ value: 1 }), return: () => ({ then(resolve, reject) { found = look((reject ?? resolve).constructor); resolve({ done: true }) } }) }) }; const g = (async function* () { yield* inner })(); await g.next(); await g.return(1); found",
  ],
  [
    "the species of finally",
    "let found = 'none'; class P extends Promise { static get [Symbol.species]() { return function (run) { run((v) => (found = look(v?.constructor?.constructor ?? String)), (e) => (found = look(e.constructor.constructor))) } } }; try { P.reject(new Error()).finally(() => { throw new Error() }) } catch {} await null; found",
  ],
  [
    "Promise.try, withResolvers and allSettled",
    "let found = 'none'; for (const make of [() => Promise.try?.(() => { throw new Error() }), () => Promise.withResolvers?.().promise.constructor, () => Promise.allSettled([Release.add(1, 1)])]) { const made = make(); if (made) found = look(made.constructor.constructor) } found",
  ],
  [
    "Array.fromAsync over a host's promise",
    "let found = 'none'; if (Array.fromAsync) found = look((await Array.fromAsync([Release.add(1, 1)])).constructor.constructor); found",
  ],
  [
    "an error that is suppressed by another",
    "let found = 'none'; if (typeof DisposableStack !== 'undefined') { const stack = new DisposableStack(); stack.defer(() => { const error = new Error(); error.name = Symbol(); error.stack }); stack.defer(() => { throw new Error() }); try { stack.dispose() } catch (error) { found = [error, error.error, error.suppressed].map((e) => look(e.constructor.constructor)).find((at) => typeof at === 'number') ?? 'none' } } found",
  ],
  [
    "the errors of an AggregateError",
    "let found = 'none'; await Promise.any([(async () => { const error = new Error(); error.name = Symbol(); error.stack })()]).catch((error) => (found = look(error.errors[0].constructor.constructor))); found",
  ],
  [
    "the cause of an error of a task",
    "look(await Throw.error().catch((error) => error.cause.constructor.constructor))",
  ],
  [
    "a stack that overflows in a promise",
    "let found = 'none'; const f = async () => { await f() }; await f().catch((error) => (found = look(error.constructor.constructor))); found",
  ],
  [
    "WebAssembly's promises",
    "typeof WebAssembly === 'undefined' ? 'none' : typeof WebAssembly.promising + look(WebAssembly.compileStreaming?.constructor ?? String)",
  ],
  [
    "Symbol.hasInstance",
    "let found = 'none'; try { Object.defineProperty(Promise, Symbol.hasInstance, { configurable: true, value: (value) => { found = look(value.constructor.constructor); return true } }) } catch {} await Release.add(1, 1); delete Promise[Symbol.hasInstance]; found",
  ],
  [
    "a Proxy around a host's function",
    "look(new Proxy(print, { get: (target, key) => Reflect.get(target, key) }).constructor)",
  ],
  [
    "new.target of the host's",
    "let found; try { found = look(Reflect.construct(Object, [], print).constructor.constructor) } catch (error) { found = String(error) } found",
  ],
  [
    "eval and its kin",
    "let found = []; for (const make of [() => eval('1'), () => new Function('return 1'), () => (async () => {}).constructor('return 1'), () => (function* () {}).constructor('yield 1')]) try { const made = make(); found.push(typeof made) } catch (error) { found.push(error.name) } found.filter((at) => at === 'object').length === 0 ? 'none' : 'object'",
  ],
  [
    "a finalizer",
    "let found = 'none'; new FinalizationRegistry((held) => (found = look(held.constructor.constructor))); found",
  ],
];

describe("does not reach a process", () => {
  test.each(TECHNIQUES)("%s", async (_name, code) => {
    const found = await session.evaluate(`${LOOK} ${code}`).catch((error: unknown) => String(error));
    expect(typeof found).not.toBe("number");
    expect(typeof found === "string" ? found : inspect(found)).not.toMatch(/object|leaked|^\d+$/);
  });
});

test("the app has lived through all of it, with its prototypes as they were", async () => {
  const client = await app.connect();
  expect(await client.call("Release.add", [1, 2])).toBe(3);
  expect(await client.call("Job.state")).not.toHaveProperty("polluted");
  await client.close();
});
