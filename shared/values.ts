// How values travel: as plain JSON where JSON is faithful, else as the text of devalue, which each side loads only when
// it meets such a value and hands to these functions (this folder imports nothing but Node's own modules).
import { isObject, type Encoded } from "./protocol.ts";

/** The two functions of devalue that are used, with the same shapes. */
export interface Devalue {
  stringify(value: unknown, reducers: Record<string, (value: unknown) => unknown>): string;
  parse(text: string, revivers: Record<string, (value: unknown) => unknown>): unknown;
}

/** True when `JSON.parse(JSON.stringify(value))` gives back what `value` is. */
export function isPlain(value: unknown, seen: Set<object> = new Set()): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value))
    return Object.keys(value).length === value.length && value.every((item) => isPlain(item, seen));
  return isPlainObject(value) && Object.values(value).every((item) => isPlain(item, seen));
}

/**
 * Encodes a value that is not plain: Date, Map, Set, BigInt, undefined, typed arrays, cycles, URLs and errors arrive as
 * what they were; an instance of a class arrives as what its `toJSON` returns, else as an object with its own properties.
 *
 * @throws Error when the value holds a function, a symbol, a promise or another thing that is not data.
 */
export function encodeRich(value: unknown, devalue: Devalue): Encoded {
  return { value: devalue.stringify(value, REDUCERS), encoding: "devalue" };
}

/** The value that was encoded. */
export function decode({ value, encoding }: Encoded, devalue: Devalue | undefined): unknown {
  if (encoding === undefined) return value;
  if (devalue === undefined || typeof value !== "string")
    throw new TypeError("Cannot decode the value: it is not devalue's text");
  return devalue.parse(value, REVIVERS);
}

const REDUCERS: Record<string, (value: unknown) => unknown> = {
  Error: (value) => (value instanceof Error ? errorParts(value) : undefined),
  Instance: (value) => (isInstance(value) ? [instanceData(value)] : undefined),
};

const REVIVERS: Record<string, (value: unknown) => unknown> = {
  Error: (parts) => buildError(isObject(parts) ? parts : {}),
  Instance: (wrapped) => (Array.isArray(wrapped) ? (wrapped[0] as unknown) : undefined),
};

function errorParts(error: Error): Record<string, unknown> {
  const parts: Record<string, unknown> = { ...error, name: error.name, message: error.message, stack: error.stack };
  if ("cause" in error) parts.cause = error.cause;
  if (error instanceof AggregateError) parts.errors = error.errors;
  return parts;
}

/** An Error with the given parts; `name`, `stack` and `message` are set as an Error's own are: not enumerable. */
export function buildError(parts: Record<string, unknown>): Error {
  const error = new Error();
  const hidden = new Set(["name", "message", "stack", "cause", "errors"]);
  for (const [key, value] of Object.entries(parts)) {
    Object.defineProperty(error, key, { value, enumerable: !hidden.has(key), configurable: true, writable: true });
  }
  return error;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !("toJSON" in value) && Object.getOwnPropertySymbols(value).length === 0;
}

function isInstance(value: unknown): value is object {
  if (!isObject(value) || value instanceof Error) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const hasToJson = "toJSON" in value && typeof value.toJSON === "function";
  if (prototype === Object.prototype || prototype === null) return hasToJson;
  // Date, Map, URL and the like are devalue's own; promises and generators it refuses, as they should be.
  return Object.prototype.toString.call(value) === "[object Object]" && !BUILT_IN.some((type) => value instanceof type);
}

const BUILT_IN = [URL, URLSearchParams];

function instanceData(value: object): unknown {
  if ("toJSON" in value && typeof value.toJSON === "function") return (value.toJSON as () => unknown)();
  return { ...value };
}
