// What --json makes of a value that JSON cannot carry: something readable that is JSON, the same for the same value.
// docs/json.md has the table.

/** More parts than this are more than a line of JSON could hold: parts that occur in many places count in each. */
const MAX_PARTS = 10_000_000;

/** Where the holes are more than these and more than the items, the items alone are told, by their index. */
const FEW_HOLES = 8;

/**
 * The value as JSON can carry it.
 *
 * @throws RangeError when that is more than can be written, or is nested too deep.
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

/** Of an object that is one thing, a date or bytes: its text, or null for a date that is none. */
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
  if (Array.isArray(value)) return listOf(value as unknown[], inner);
  // A typed array, which a DataView is not, is a list of numbers.
  if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as unknown as ArrayLike<unknown>, inner);
  const error = value instanceof Error ? { name: value.name, message: value.message } : {};
  return { ...error, ...propertiesOf(value, inner) };
}

function listOf(list: unknown[], inner: (item: unknown) => unknown): object {
  // Its keys are known at once, also where its length is in the billions.
  const items = Object.keys(list).length;
  const holes = list.length - items;
  if (holes <= Math.max(FEW_HOLES, items)) return Array.from(list, inner);
  return { length: list.length, ...propertiesOf(list, inner) };
}

function propertiesOf(value: object, inner: (item: unknown) => unknown): object {
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, inner(item)]));
}
