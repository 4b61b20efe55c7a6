// Encodes a thrown value that is not an Error and that JSON cannot express, as devalue's text: dates, Maps, BigInts.
// Masks secrets in it.
import type { Encoded } from "../../shared/messages/messages.ts";
import { decode, encodeRich, type Devalue } from "../../shared/messages/values.ts";
import { maskData, maskText } from "./secrets.ts";
import { sizeOf } from "./size-of.ts";

/** The encoded value, or undefined if it is not data or takes more than `maxChars`. */
export function encodeThrown(
  value: unknown,
  { devalue, maxChars }: { devalue: Devalue; maxChars: number },
): Encoded | undefined {
  try {
    if (sizeOf(value, maxChars) > maxChars) return undefined;
    // The copy is our own data: masking it runs none of the app's setters and changes nothing in the app.
    const copy = decode(encodeRich(value, devalue), devalue);
    const encoded = encodeRich(mask(copy, { name: "", seen: new Set() }), devalue);
    return encoded.value.length <= maxChars ? encoded : undefined;
  } catch {
    return undefined; // the report's text shows what was thrown
  }
}

interface Place {
  /** The name of the property that holds the value. */
  name: string;
  seen: Set<object>;
}

/** Masks secrets in place, and returns the value to use instead. */
function mask(value: unknown, { name, seen }: Place): unknown {
  if (typeof value !== "object" || value === null) return maskData(value, name);
  if (seen.has(value) || ArrayBuffer.isView(value)) return value;
  seen.add(value);
  if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp) return maskedText(value);
  if (value instanceof Map) maskMap(value, seen);
  else if (value instanceof Set) maskSet(value, seen);
  else maskProperties(value, { name, seen });
  return value;
}

function maskedText(value: { toString: () => string }): unknown {
  const text = value.toString();
  const masked = maskText(text);
  return masked === text ? value : masked;
}

function maskMap(map: Map<unknown, unknown>, seen: Set<object>): void {
  const entries = [...map];
  map.clear();
  for (const [key, item] of entries)
    map.set(mask(key, { name: "", seen }), mask(item, { name: typeof key === "string" ? key : "", seen }));
}

function maskSet(set: Set<unknown>, seen: Set<object>): void {
  const items = [...set];
  set.clear();
  for (const item of items) set.add(mask(item, { name: "", seen }));
}

/** Some of an Error's own properties are not enumerable. */
function maskProperties(value: object, { name, seen }: Place): void {
  const keys = value instanceof Error ? Object.getOwnPropertyNames(value) : Object.keys(value);
  for (const key of keys) {
    const item: unknown = Reflect.get(value, key);
    const masked = mask(item, { name: Array.isArray(value) ? name : key, seen });
    if (masked !== item) Reflect.set(value, key, masked);
  }
}
