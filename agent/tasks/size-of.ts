// Computes a lower bound for a value's size once it is written, without writing it: a value that is too large is not
// copied only to be refused.

/** The least number of characters that the value takes as JSON or as devalue's text. Counting stops above `limit`. */
export function sizeOf(value: unknown, limit: number): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 1;
  try {
    return sizeWithin(value, limit);
  } catch {
    return 1; // a getter or a proxy throws: the code that encodes the value meets the same error, and reports it
  }
}

function sizeWithin(value: object, limit: number): number {
  // devalue writes a repeated value only once, including long strings.
  const seen = new Set<unknown>([value]);
  const left: object[] = [value];
  let chars = 0;
  for (let next = left.pop(); next !== undefined && chars <= limit; next = left.pop()) {
    if (ArrayBuffer.isView(next)) chars += Math.ceil((next.byteLength * 4) / 3);
    else for (const part of partsOf(next)) chars += takePart(part, seen, left);
  }
  return chars;
}

/** A number and its comma. */
const LEAST_CHARS = 2;

/** Shorter strings are counted as empty: remembering each of them would take too long. */
const LONG_CHARS = 100;

function takePart(part: unknown, seen: Set<unknown>, left: object[]): number {
  const isLong = typeof part === "string" && part.length > LONG_CHARS;
  if (isLong || (typeof part === "object" && part !== null)) {
    if (seen.has(part)) return LEAST_CHARS;
    seen.add(part);
  }
  if (typeof part === "object" && part !== null) left.push(part);
  return typeof part === "string" && isLong ? part.length : LEAST_CHARS;
}

function partsOf(value: object): unknown[] {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  // What it becomes when it is written is known only to its `toJSON`.
  return "toJSON" in value ? [] : Object.values(value);
}
