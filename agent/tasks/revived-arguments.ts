// Revives arguments that came as JSON, or as words of a command line, where the schema wants a Date or a BigInt, which
// JSON does not have. Only the schema knows: when it refuses a value, its issue says what it expected.
import type { StandardSchemaV1 } from "@standard-schema/spec";

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$/;
const INTEGER = /^-?\d+$/;

/**
 * The value with a Date or a BigInt wherever an issue expects one and the text or number there can be read as one.
 * Undefined if there is no such place.
 */
export function revivedArguments(value: unknown, issues: readonly StandardSchemaV1.Issue[]): unknown {
  let revived = value;
  for (const issue of issues) revived = revivedAt(revived, (issue.path ?? []).map(keyOf), reviverOf(issue)) ?? revived;
  return revived === value ? undefined : revived;
}

type Reviver = (value: unknown) => unknown;

/**
 * Uses the members that zod, valibot and arktype add beside the message. Issues of other libraries are left as they
 * are.
 */
function reviverOf(issue: StandardSchemaV1.Issue): Reviver {
  const expected = "expected" in issue ? String(issue.expected) : "";
  if (/\bbigint\b/i.test(expected)) return toBigInt;
  return /\bdate\b/i.test(expected) ? toDate : () => undefined;
}

function toDate(value: unknown): Date | undefined {
  if (typeof value !== "string" || !DATE.test(value)) return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === "string" && INTEGER.test(value)) return BigInt(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

/**
 * A copy with the revived value in its place. Undefined if nothing can be revived there. The caller's own value stays
 * unchanged.
 */
function revivedAt(value: unknown, [key, ...rest]: readonly PropertyKey[], revive: Reviver): unknown {
  if (key === undefined) return revive(value);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const inner = revivedAt(Reflect.get(value, key), rest, revive);
  if (inner === undefined) return undefined;
  const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  Object.defineProperty(copy, key, { value: inner, writable: true, enumerable: true, configurable: true });
  return copy;
}

function keyOf(part: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey {
  return typeof part === "object" ? part.key : part;
}
