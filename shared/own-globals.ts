// Built-ins as they were when remsh was loaded. An app may replace its globals at any time: `Promise` by bluebird, the
// timers and `Date` by fake ones, `JSON` by another. build.mjs uses these instead in all code that is loaded into an
// app.
import { Buffer as OwnBuffer } from "node:buffer";
import ownProcess from "node:process";

const { AbortController, AbortSignal, Array, Atomics, Boolean, Date } = globalThis;
const { Error, AggregateError, RangeError, SyntaxError, TypeError } = globalThis;
const { Float64Array, Int32Array, Uint8Array, ArrayBuffer, SharedArrayBuffer } = globalThis;
const { Map, Set, WeakMap, Math, Number, Object, Reflect, String, Symbol, URL, URLSearchParams } = globalThis;
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;

/** The promise class of async functions, even if `Promise` was replaced before remsh was loaded. */
// For the types, a constructor is only a `Function`.
const OwnPromise = (async () => {})().constructor as PromiseConstructor;

/** A copy, because the functions of `JSON` can be replaced, too. */
const { parse, stringify } = globalThis.JSON;
const OwnJson: JSON = { parse, stringify, [Symbol.toStringTag]: "JSON" };

export { OwnBuffer as Buffer, OwnJson as JSON, ownProcess as process, OwnPromise as Promise };
export { AbortController, AbortSignal, Array, Atomics, Boolean, Date };
export { Error, AggregateError, RangeError, SyntaxError, TypeError };
export { Float64Array, Int32Array, Uint8Array, ArrayBuffer, SharedArrayBuffer };
export { Map, Set, WeakMap, Math, Number, Object, Reflect, String, Symbol, URL, URLSearchParams };
export { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate };
