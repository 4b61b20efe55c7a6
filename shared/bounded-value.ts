// Limits what `util.inspect` shows of a value. A part that occurs in many places is shown in each, so a small value can
// be endless to read, and `inspect` has no limit for an object's properties. No code of the value is run.
import { types } from "node:util";

/** This many parts are shown within a moment, even if the app waits for it. */
const MAX_PARTS = 20_000;

/** This many characters of a text count as one part. */
const PART_CHARS = 100;

/** The parts that an error counts, because it is shown with its stack. */
const ERROR_PARTS = 10;

/** The limits that `inspect` is asked to keep. */
export interface Bounds {
  depth: number;
  /** The number of items of each array, Map or Set. */
  items: number;
  /** The number of parts in all. Default: 20,000. */
  parts?: number;
}

/** What `inspect` can show within the limits. */
export interface Bounded {
  /** The value, or an object with only its first properties. */
  value: unknown;
  depth: number;
  /** How many properties are left out. */
  hidden: number;
}

/** The value, and the greatest depth at which it does not exceed its number of parts. */
export function bounded(value: unknown, { depth, items, parts = MAX_PARTS }: Bounds): Bounded {
  const affordable = affordableDepth(value, { depth, items, parts });
  if (affordable >= 0) return { value, depth: affordable, hidden: 0 };
  if (Array.isArray(value)) return { value, depth: 0, hidden: 0 };
  return {
    value: firstProperties(value, items),
    depth: 0,
    hidden: Object.keys(new Object(value)).length - items,
  };
}

/** -1 if even the value's own properties are too many. */
function affordableDepth(value: unknown, { depth, items, parts }: Required<Bounds>): number {
  let level: object[] = isOpen(value) ? [value] : [];
  let left = parts;
  for (let reached = 0; reached <= depth && level.length > 0; reached++) {
    const next: object[] = [];
    for (const container of level) {
      for (const part of partsOf(container, items, left + 1)) {
        // Each of the value's own texts is shortened, and all of them are shown.
        left -= reached === 0 ? 1 : weightOf(part);
        if (isOpen(part)) next.push(part);
      }
      if (left < 0) return reached - 1;
    }
    level = next;
  }
  return depth;
}

/** False for a Proxy: `inspect` shows it without calling its traps, but reading it here would call them. */
function isOpen(value: unknown): value is object {
  return typeof value === "object" && value !== null && !types.isProxy(value) && !ArrayBuffer.isView(value);
}

function weightOf(part: unknown): number {
  if (types.isNativeError(part)) return ERROR_PARTS;
  return typeof part === "string" ? 1 + Math.floor(part.length / PART_CHARS) : 1;
}

/** The parts that inspect shows of the container, with at most `most` properties. */
function partsOf(value: object, items: number, most: number): unknown[] {
  if (types.isMap(value)) return first(Map.prototype.entries.call(value), items).flat();
  if (types.isSet(value)) return first(Set.prototype.values.call(value), items);
  if (Array.isArray(value)) return indexesOf(value, items).map((index) => dataOf(value, index));
  const hidden = types.isNativeError(value) ? ["cause", "errors"] : [];
  return [...hidden, ...Object.keys(value).slice(0, most)].map((key) => dataOf(value, key));
}

function first<Item>(iterator: Iterator<Item>, count: number): Item[] {
  const found: Item[] = [];
  while (found.length < count) {
    const next = iterator.next();
    if (next.done) break;
    found.push(next.value);
  }
  return found;
}

function indexesOf(array: unknown[], items: number): number[] {
  return Array.from({ length: Math.min(array.length, items) }, (_, index) => index);
}

/** Undefined for a getter: inspect does not call it either. */
function dataOf(object: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function firstProperties(value: unknown, items: number): object {
  const object = new Object(value);
  const few = {};
  Object.setPrototypeOf(few, Reflect.getPrototypeOf(object));
  for (const key of Object.keys(object).slice(0, items)) {
    Object.defineProperty(few, key, Object.getOwnPropertyDescriptor(object, key) ?? {});
  }
  return few;
}
