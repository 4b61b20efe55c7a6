// Revives arguments that came as JSON, or as words of a command line, where the schema wants a Date or a BigInt, which
// JSON does not have. Only the schema knows: when it refuses a value, its issue says what it expected.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isArray } from "../../shared/messages/shape.ts";

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$/;
/** No longer than a BigInt in devalue's text may be: reading millions of digits would hold up the app for seconds. */
const INTEGER = /^-?\d{1,10000}$/;

/**
 * The value with a Date or a BigInt wherever an issue expects one and the text or number there can be read as one.
 * Undefined if there is no such place.
 */
export function revivedArguments(value: unknown, issues: readonly StandardSchemaV1.Issue[]): unknown {
  const copies: Copies = new Map();
  let revived = value;
  for (const issue of issues)
    revived = revivedAt(revived, { path: (issue.path ?? []).map(keyOf), revive: reviverOf(issue), copies }) ?? revived;
  return revived === value ? undefined : revived;
}

/** The copy of each object in which something was revived. One copy serves all issues, of which a list may have many. */
type Copies = Map<object, object>;

/** What to revive in a value. */
interface Place {
  path: readonly PropertyKey[];
  revive: Reviver;
  copies: Copies;
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
function revivedAt(value: unknown, place: Place, depth = 0): unknown {
  const { path, revive, copies } = place;
  const key = path[depth];
  if (key === undefined) return revive(value);
  if (typeof value !== "object" || value === null) return undefined;
  const current = copies.get(value) ?? value;
  if (!Object.hasOwn(current, key)) return copies.get(value);
  const inner = revivedAt(Reflect.get(current, key), place, depth + 1);
  if (inner !== undefined) {
    const revived = { value: inner, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(copyOf(value, copies), key, revived);
  }
  return copies.get(value);
}

function copyOf(value: object, copies: Copies): object {
  const known = copies.get(value);
  if (known) return known;
  const copy: object = isArray(value) ? [...value] : { ...value };
  // The next issue finds the copy itself.
  copies.set(value, copy).set(copy, copy);
  return copy;
}

function keyOf(part: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey {
  return typeof part === "object" ? part.key : part;
}
