// Recognises JavaScript's built-in kinds of objects by their internal slots. A tag can come from a class of the app,
// and `instanceof` can be true for an object that the constructor never made.

import { isArray } from "./shape.ts";

interface OwnKind {
  tag: string;
  type: (abstract new (...args: never) => object) | ((value: never) => bigint);
  /** A copy without the additions of a subclass. Throws for an object of another kind. */
  copy(value: object): unknown;
  /** Throws for an object of another kind; used if copying would be too expensive. */
  probe?(value: object): unknown;
}

const sizeOfMap = getterOf(Map.prototype, "size");
const sizeOfSet = getterOf(Set.prototype, "size");
const bytesOf = getterOf(ArrayBuffer.prototype, "byteLength");
const sourceOf = getterOf(RegExp.prototype, "source");
const viewNameOf = getterOf(Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}, Symbol.toStringTag);

const OWN_KINDS: OwnKind[] = [
  { tag: "Map", type: Map, probe: sizeOfMap, copy: (value: Map<unknown, unknown>) => new Map(value) },
  { tag: "Set", type: Set, probe: sizeOfSet, copy: (value: Set<unknown>) => new Set(value) },
  { tag: "Date", type: Date, copy: (value) => new Date(Date.prototype.getTime.call(value)) },
  { tag: "RegExp", type: RegExp, probe: sourceOf, copy: (value: RegExp) => new RegExp(value) },
  { tag: "ArrayBuffer", type: ArrayBuffer, probe: bytesOf, copy: (value: ArrayBuffer) => value.slice(0) },
  { tag: "Number", type: Number, copy: (value) => Number.prototype.valueOf.call(value) },
  { tag: "String", type: String, copy: (value) => String.prototype.valueOf.call(value) },
  { tag: "Boolean", type: Boolean, copy: (value) => Boolean.prototype.valueOf.call(value) },
  { tag: "BigInt", type: BigInt, copy: (value) => BigInt.prototype.valueOf.call(value) },
  { tag: "URL", type: URL, copy: (value: URL) => new URL(value.href) },
  { tag: "URLSearchParams", type: URLSearchParams, copy: (value: URLSearchParams) => new URLSearchParams(value) },
];

/** The kind's tag, for an object of a built-in kind, whatever tag the object itself has. */
export function ownKindOf(value: object): string | undefined {
  if (Array.isArray(value)) return "Array";
  if (value instanceof DataView) return "DataView";
  if (ArrayBuffer.isView(value)) return String(viewNameOf(value)); // the language's own name for it
  return kindOf(value)?.tag;
}

/** The object without what a subclass adds to its kind. */
export function plainCopyOf(value: object): unknown {
  if (isArray(value)) return Array.from(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  return kindOf(value)?.copy(value);
}

/** The object's own tag; undefined if the tag is a getter that throws. */
export function tagOf(value: object): string | undefined {
  try {
    return Object.prototype.toString.call(value).slice("[object ".length, -1);
  } catch {
    return undefined;
  }
}

function kindOf(value: object): OwnKind | undefined {
  const tag = tagOf(value);
  const found = OWN_KINDS.find((kind) => kind.tag === tag || value instanceof kind.type);
  if (found === undefined) return undefined;
  try {
    if (found.probe) found.probe(value);
    else found.copy(value);
    return found;
  } catch {
    return undefined; // the tag alone says so
  }
}

function getterOf(prototype: object, key: string | symbol): (value: unknown) => unknown {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
  return (value): unknown => descriptor?.get?.call(value);
}
