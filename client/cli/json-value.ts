// What --json makes of a value that JSON cannot carry: something readable that is JSON, the same for the same value.
// docs/json.md has the table.

/** The value as JSON can carry it. */
export function jsonValue(value: unknown, ancestors: readonly unknown[] = []): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return value ?? null;
  if (ancestors.includes(value)) return "[Circular]";
  const scalar = scalarOf(value);
  return scalar === undefined ? containerOf(value, (item) => jsonValue(item, [...ancestors, value])) : scalar;
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
  if (Array.isArray(value)) return Array.from(value as unknown[], inner);
  // A typed array, which a DataView is not, is a list of numbers.
  if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as unknown as ArrayLike<unknown>, inner);
  const error = value instanceof Error ? { name: value.name, message: value.message } : {};
  return { ...error, ...propertiesOf(value, inner) };
}

function propertiesOf(value: object, inner: (item: unknown) => unknown): object {
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, inner(item)]));
}
