// Encodes and decodes values: as plain JSON if JSON is faithful, else as the text of devalue. Each side loads devalue
// with the first such value and passes it to these functions, because this folder imports only Node's own modules.
import { dataOf, isAnyObject, isInstance } from "./instance-data.ts";
import type { Encoded } from "./messages.ts";
import { tagOf } from "./own-kinds.ts";
import { isArray, isObject } from "./shape.ts";

/** The two functions of devalue that are used, with their types. */
export interface Devalue {
  stringify(value: unknown, reducers: Record<string, (value: unknown) => unknown>): string;
  parse(text: string, revivers: Record<string, (value: unknown) => unknown>): unknown;
}

const { getOwnPropertySymbols: symbolsOf, getPrototypeOf: prototypeOf, keys: keysOf, values: valuesOf } = Object;

/**
 * A value that is nested deeper is sent as devalue's text, which is flat. JSON of that depth would exceed the agent's
 * limit.
 */
const MAX_PLAIN_DEPTH = 64;

/**
 * True when `JSON.parse(JSON.stringify(value))` gives back the same `value`. An object without prototype counts as
 * plain.
 */
export function isPlain(value: unknown): boolean {
  try {
    return isPlainWithin(value, new Set(), MAX_PLAIN_DEPTH);
  } catch {
    return false; // a getter or a proxy that throws: encoding the value meets the same error, and reports it
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

/**
 * The items of an array or a plain object; undefined for any other object. Methods of prototypes are not called,
 * because an app may have replaced them.
 */
function plainItemsOf(value: object): readonly unknown[] | undefined {
  if ("toJSON" in value) return undefined;
  if (Array.isArray(value)) return keysOf(value).length === value.length ? value : undefined;
  return isPlainObject(value) ? valuesOf(value) : undefined;
}

// The first one that returns a value wins. An object is always represented by an object, so that a cycle through it is
// recognised by identity, even while it is being read.
const REDUCERS: Record<string, (value: unknown) => unknown> = {
  Buffer: (value) => (Buffer.isBuffer(value) ? Uint8Array.from(value) : undefined),
  View: (value) => (isPartialView(value) ? value.slice() : undefined),
  Error: (value) => (isError(value) ? errorParts(value) : undefined),
  Instance: (value) => (isInstance(value) ? instanceData(value) : undefined),
  Scalar: (value) => (isInstance(value) ? [dataOf(value)] : undefined),
};

/**
 * Encodes a value that is not plain. Date, Map, Set, BigInt, undefined, Buffers and typed arrays, cycles, URLs and
 * errors arrive unchanged. An instance of a class arrives as what its `toJSON` returns, else as an object with its own
 * properties, or if it has none, as its text or its items.
 *
 * @throws Error when the value holds a function, a symbol, a promise or anything else that is not data.
 */
export function encodeRich(value: unknown, devalue: Devalue): { value: string; encoding: "devalue" } {
  return { value: devalue.stringify(value, REDUCERS), encoding: "devalue" };
}

/** The decoded value. */
export function decode({ value, encoding }: Encoded, devalue: Devalue | undefined): unknown {
  if (encoding === undefined) return value;
  if (devalue === undefined || typeof value !== "string")
    throw new TypeError("Cannot decode the value: it is not devalue's text");
  return devalue.parse(value, reviversOf(new WeakMap()));
}

function reviversOf(errors: WeakMap<object, Error>): Record<string, (value: unknown) => unknown> {
  return {
    Buffer: (bytes) => (bytes instanceof Uint8Array ? Buffer.from(bytes.buffer) : undefined),
    View: (copy) => copy,
    Error: (parts) => (isObject(parts) ? reviveError(parts, errors) : undefined),
    Instance: (data) => data,
    Scalar: (wrapped) => (isArray(wrapped) ? wrapped[0] : undefined),
  };
}

// An error that contains itself is found among its own parts. It is then made of the parts that are known, and
// completed later.
function reviveError(parts: Record<string, unknown>, errors: WeakMap<object, Error>): Error {
  const error = buildError(parts, errors.get(parts));
  errors.set(parts, error);
  return error;
}

/** A view of a larger memory. devalue would send all of that memory, including data that must not be sent. */
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
 * An Error with the given parts, of the built-in class that they name. `name`, `stack` and `message` are not
 * enumerable, as in any Error.
 */
export function buildError(parts: Record<string, unknown>, error = emptyError(parts.name)): Error {
  const hidden = new Set(["name", "message", "stack", "cause", "errors"]);
  for (const [key, value] of Object.entries(parts)) {
    if (key === "name" && value === error.name) continue; // the class already has this name
    Object.defineProperty(error, key, { value, enumerable: !hidden.has(key), configurable: true, writable: true });
  }
  return error;
}

const BUILT_IN_ERRORS = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

/** An empty Error of a built-in class; for a class of the app, which does not exist here, a plain one with its name. */
function emptyError(name: unknown): Error {
  if (name === "AggregateError") return new AggregateError([]);
  const type = BUILT_IN_ERRORS.find((each) => each.name === name) ?? Error;
  return new type();
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = prototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return symbolsOf(value).length === 0;
}

/** The data that represents an object, if that is itself an object. */
function instanceData(value: object): object | undefined {
  const data = dataOf(value);
  return isAnyObject(data) ? data : undefined;
}

function isError(value: unknown): value is Error {
  return value instanceof Error || (isAnyObject(value) && tagOf(value) === "Error");
}
