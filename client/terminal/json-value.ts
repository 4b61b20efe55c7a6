// Converts a value that JSON cannot represent for --json: readable JSON, the same for the same value. docs/json.md has
// the table.

import { types } from "node:util";
import { isArray } from "../../shared/messages/shape.ts";

/** A value with more parts would not fit in a line of JSON. A part that occurs in several places counts in each. */
const MAX_PARTS = 10_000_000;

/** If an array has more holes than this, and more holes than items, only its items are written, by index. */
const FEW_HOLES = 8;

/**
 * The value as JSON can represent it.
 *
 * @throws RangeError when the result is too large to be written, or is nested too deeply.
 */
export function jsonValue(value: unknown): unknown {
  return new JsonValue().of(value);
}

class JsonValue {
  readonly #ancestors = new Set<unknown>();
  #parts = 0;

  of(value: unknown): unknown {
    if (++this.#parts > MAX_PARTS) throw new RangeError("it has too many parts");
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value !== "object" || value === null) return value ?? null;
    if (this.#ancestors.has(value)) return "[Circular]";
    const scalar = scalarOf(value);
    if (scalar !== undefined) return scalar;
    this.#ancestors.add(value);
    const container = containerOf(value, (item) => this.of(item));
    this.#ancestors.delete(value);
    return container;
  }
}

/** The text of an object that is a single value, such as a date or bytes; null for an invalid date. */
function scalarOf(value: object): string | null | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (value instanceof RegExp || value instanceof URL || value instanceof URLSearchParams) return value.toString();
  return undefined;
}

function containerOf(value: object, inner: (item: unknown) => unknown): object {
  if (value instanceof Map) return [...value].map(([key, item]) => [inner(key), inner(item)]);
  if (value instanceof Set) return [...value].map(inner);
  if (isArray(value)) return listOf(value, inner);
  // A list of numbers. A DataView is not a typed array.
  if (types.isTypedArray(value)) return Array.from<unknown, unknown>(value, inner);
  const error = value instanceof Error ? { name: value.name, message: value.message } : {};
  return { ...error, ...propertiesOf(value, inner) };
}

function listOf(list: unknown[], inner: (item: unknown) => unknown): object {
  // Reading the keys is fast, even if the length is in the billions.
  const items = Object.keys(list).length;
  const holes = list.length - items;
  if (holes <= Math.max(FEW_HOLES, items)) return Array.from(list, inner);
  return { length: list.length, ...propertiesOf(list, inner) };
}

function propertiesOf(value: object, inner: (item: unknown) => unknown): object {
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, inner(item)]));
}
