// Finds the data of an object that is neither plain nor of a built-in kind: a Decimal, a row of an ORM, Headers. Its
// `toJSON` provides the data, otherwise its visible properties. Objects that are not data, such as a promise, are not
// handled here.
import { isObject } from "./shape.ts";
import { ownKindOf, plainCopyOf, tagOf } from "./own-kinds.ts";

/** Kinds of objects without data that could be sent: devalue refuses them. */
const NO_DATA =
  /^(?:Promise|Weak(?:Map|Set|Ref)|(?:Async)?Generator|.*Iterator|(?:Readable|Writable|Transform)Stream)$/;

interface NodesOwn {
  /** A `File` has a name. */
  Blob: Blob & { name?: string };
  Headers: Headers;
  FormData: FormData;
}

/** True for an object whose data {@link dataOf} can find. */
export function isInstance(value: unknown): value is object {
  if (!isAnyObject(value)) return false;
  const kind = ownKindOf(value);
  const tag = tagOf(value);
  // A Map with a custom tag is not a Map for code that goes by tags.
  if (kind !== undefined) return kind !== tag;
  if (isPlainPrototype(value)) return hasToJson(value) || Object.getOwnPropertySymbols(value).length > 0;
  return tag === undefined || !NO_DATA.test(tag);
}

/** The data of the object: of any kind, plain or not. */
export function dataOf(value: object): unknown {
  if (ownKindOf(value) !== undefined) return plainCopyOf(value);
  return hasToJson(value) ? jsonOf(value) : seenOf(value);
}

/** True for any object that is not a function, arrays included. */
export function isAnyObject(value: unknown): value is object {
  return isObject(value) || Array.isArray(value);
}

function jsonOf(value: { toJSON: () => unknown }): unknown {
  try {
    const data = value.toJSON();
    // A `toJSON` that returns the object itself would be called for ever.
    return data === value ? { ...value, toJSON: undefined } : data;
  } catch {
    return seenOf(value); // its properties are still there
  }
}

/** Its own properties. If it has none, its known content or its text. */
function seenOf(value: object): unknown {
  const isPlain = isPlainPrototype(value);
  // An instance's own methods are not data. A function in a plain object is a mistake, which is reported.
  const entries = Object.entries(value).filter(([, item]) => isPlain || !isCode(item));
  if (entries.length > 0 || isPlain) return Object.fromEntries(entries);
  if (isOf("Blob", value)) return blobParts(value);
  if (isOf("Headers", value)) return Object.fromEntries(value);
  if (isOf("FormData", value)) return [...value];
  return textOf(value) ?? {};
}

function isCode(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol";
}

/** True for an instance of one of Node's classes, which a sandbox does not have. */
function isOf<Name extends keyof NodesOwn>(name: Name, value: object): value is NodesOwn[Name] {
  const type: unknown = Reflect.get(globalThis, name);
  return typeof type === "function" && value instanceof type;
}

function blobParts({ name, size, type }: NodesOwn["Blob"]): object {
  return { ...(name !== undefined && { name }), size, type };
}

function textOf(value: object): string | undefined {
  const toText: unknown = Reflect.get(value, "toString");
  if (typeof toText !== "function" || toText === Reflect.get(Object.prototype, "toString")) return undefined;
  try {
    const text: unknown = Reflect.apply(toText, value, []);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined; // it has no text either
  }
}

function isPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function hasToJson(value: object): value is { toJSON: () => unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
