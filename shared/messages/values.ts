// How values travel: as plain JSON where JSON is faithful, else as the text of devalue, which each side loads only when
// it meets such a value and hands to these functions (this folder imports nothing but Node's own modules).
import { dataOf, isAnyObject, isInstance } from "./instance-data.ts";
import type { Encoded } from "./messages.ts";
import { tagOf } from "./own-kinds.ts";
import { isObject } from "./shape.ts";

/** The two functions of devalue that are used, with the same shapes. */
export interface Devalue {
  stringify(value: unknown, reducers: Record<string, (value: unknown) => unknown>): string;
  parse(text: string, revivers: Record<string, (value: unknown) => unknown>): unknown;
}

const { getOwnPropertySymbols: symbolsOf, getPrototypeOf: prototypeOf, keys: keysOf, values: valuesOf } = Object;

/** Nested deeper than this, a value travels as devalue's text, which is flat: JSON as deep would break the agent's limit. */
const MAX_PLAIN_DEPTH = 64;

/** True when `JSON.parse(JSON.stringify(value))` gives back what `value` is; an object without prototype counts as plain. */
export function isPlain(value: unknown): boolean {
  try {
    return isPlainWithin(value, new Set(), MAX_PLAIN_DEPTH);
  } catch {
    return false; // a getter or a proxy that throws: whoever encodes it next meets the same error, and reports it
  }
}

function isPlainWithin(value: unknown, seen: Set<object>, depth: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || seen.has(value) || depth === 0) return false;
  seen.add(value);
  const items = plainItemsOf(value);
  if (items === undefined) return false;
  for (let index = 0; index < items.length; index++) if (!isPlainWithin(items[index], seen, depth - 1)) return false;
  return true;
}

/** What an array or a plain object holds; undefined for any other. Prototypes' methods may have been replaced: none is asked. */
function plainItemsOf(value: object): readonly unknown[] | undefined {
  if ("toJSON" in value) return undefined;
  if (Array.isArray(value)) return keysOf(value).length === value.length ? value : undefined;
  return isPlainObject(value) ? valuesOf(value) : undefined;
}

/**
 * Encodes a value that is not plain: Date, Map, Set, BigInt, undefined, Buffers and typed arrays, cycles, URLs and errors
 * arrive as what they were; an instance of a class arrives as what its `toJSON` returns, else as an object with its own
 * properties, or as the text or the items of one that shows none.
 *
 * @throws Error when the value holds a function, a symbol, a promise or another thing that is not data.
 */
export function encodeRich(value: unknown, devalue: Devalue): { value: string; encoding: "devalue" } {
  return { value: devalue.stringify(value, REDUCERS), encoding: "devalue" };
}

/** The value that was encoded. */
export function decode({ value, encoding }: Encoded, devalue: Devalue | undefined): unknown {
  if (encoding === undefined) return value;
  if (devalue === undefined || typeof value !== "string")
    throw new TypeError("Cannot decode the value: it is not devalue's text");
  return devalue.parse(value, reviversOf(new WeakMap()));
}

// The first that returns something wins. What stands for an object is an object, too: a cycle through it is then found
// again by its identity, also while it is being read.
const REDUCERS: Record<string, (value: unknown) => unknown> = {
  Buffer: (value) => (Buffer.isBuffer(value) ? Uint8Array.from(value) : undefined),
  View: (value) => (isPartialView(value) ? value.slice() : undefined),
  Error: (value) => (isError(value) ? errorParts(value) : undefined),
  Instance: (value) => (isInstance(value) ? instanceData(value) : undefined),
  Scalar: (value) => (isInstance(value) ? [dataOf(value)] : undefined),
};

function reviversOf(errors: WeakMap<object, Error>): Record<string, (value: unknown) => unknown> {
  return {
    Buffer: (bytes) => (bytes instanceof Uint8Array ? Buffer.from(bytes.buffer) : undefined),
    View: (copy) => copy,
    Error: (parts) => (isObject(parts) ? reviveError(parts, errors) : undefined),
    Instance: (data) => data,
    Scalar: (wrapped) => (Array.isArray(wrapped) ? (wrapped[0] as unknown) : undefined),
  };
}

// An error that holds itself is met within its own parts: then it is made of what is there, and completed later.
function reviveError(parts: Record<string, unknown>, errors: WeakMap<object, Error>): Error {
  const error = buildError(parts, errors.get(parts));
  errors.set(parts, error);
  return error;
}

/** A window on a larger memory, of which devalue would send everything: what lies beside it is nobody's business. */
function isPartialView(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return value.byteLength < value.buffer.byteLength;
}

function errorParts(error: Error): Record<string, unknown> {
  const parts: Record<string, unknown> = { ...error, name: error.name, message: error.message, stack: error.stack };
  if ("cause" in error) parts.cause = error.cause;
  if (error instanceof AggregateError) parts.errors = error.errors;
  return parts;
}

/**
 * An Error with the given parts, of the built-in class that it names; `name`, `stack` and `message` are set as an Error's own
 * are: not enumerable.
 */
export function buildError(parts: Record<string, unknown>, error = emptyError(parts.name)): Error {
  const hidden = new Set(["name", "message", "stack", "cause", "errors"]);
  for (const [key, value] of Object.entries(parts)) {
    if (key === "name" && value === error.name) continue; // its class says it
    Object.defineProperty(error, key, { value, enumerable: !hidden.has(key), configurable: true, writable: true });
  }
  return error;
}

/** Where only the name is known: a class of the app's own is not here. */
function emptyError(name: unknown): Error {
  if (name === "AggregateError") return new AggregateError([]);
  const type = BUILT_IN_ERRORS.find((each) => each.name === name) ?? Error;
  return new type();
}

const BUILT_IN_ERRORS = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

function isPlainObject(value: object): boolean {
  const prototype: unknown = prototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return symbolsOf(value).length === 0;
}

/** The data that stands for an object, where that is an object. */
function instanceData(value: object): object | undefined {
  const data = dataOf(value);
  return isAnyObject(data) ? data : undefined;
}

function isError(value: unknown): value is Error {
  return value instanceof Error || (isAnyObject(value) && tagOf(value) === "Error");
}
