// How a value looks in a console: bounded in depth, length and width, so that a huge object neither stops the app while it
// is rendered nor floods the terminal; and less bounded each time more of it is asked for.
import { types } from "node:util";
import { RpcError } from "../../shared/errors.ts";
import type { ConsoleDisplay } from "../../shared/console-messages.ts";
import { inspectValue } from "../inspect-value.ts";
import { withoutOwnFrames } from "../own-frames.ts";

/** What is shown at once, and what `.more` shows of the same value. */
const LEVELS = [
  { depth: 3, items: 100, stringChars: 4000, chars: 16 * 1024 },
  { depth: 6, items: 1000, stringChars: 100_000, chars: 256 * 1024 },
  { depth: 12, items: 10_000, stringChars: 1_000_000, chars: 1024 * 1024 },
] as const;

/** A program that reads gets as much as the second level from the beginning. */
export const BARE_LEVEL = 1;

/** Values in one rendering; inspect itself knows no limit for the properties of an object. */
const MAX_VALUES = 20_000;

/** What is shown of a value. */
export interface Shown {
  text: string;
  /** True when something was left out that the next level shows. */
  more: boolean;
}

/** The value as it looks at this level. */
export function show(value: unknown, level: number, { columns = 80, colors = false }: ConsoleDisplay): Shown {
  const { depth, items, stringChars, chars } = LEVELS[Math.min(level, LEVELS.length - 1)] ?? LEVELS[0];
  const affordable = affordableDepth(value, depth, items);
  const looks = inspectValue(affordable < 0 ? firstProperties(value, items) : value, {
    depth: Math.max(affordable, 0),
    colors,
    breakLength: columns,
    maxArrayLength: items,
    maxStringLength: stringChars,
  });
  const text = withoutOwnFrames(looks);
  const hidden = affordable < 0 ? `\n… ${Object.keys(Object(value) as object).length - items} more properties` : "";
  const cut = text.length > chars ? `${text.slice(0, chars)}${colors ? "\u001b[39m" : ""} …` : text;
  const more = level < LEVELS.length - 1 && (hidden !== "" || text.length > chars || isAbridged(text));
  return { text: cut + hidden, more };
}

/** What was thrown as it looks, with the stack as far as it is the evaluated code's own. */
export function showThrown(value: unknown, display: ConsoleDisplay): string {
  // Our own errors are told by their sentence and code; where in our code they were made helps nobody.
  if (value instanceof RpcError) return `Uncaught ${value.message} [${value.code}]`;
  return `Uncaught ${show(value, 0, display).text}`;
}

function isAbridged(text: string): boolean {
  return /\.\.\. \d+ more (item|character)s?|\[(?!Getter\]|Setter\])[A-Z]\w*\]/.test(text);
}

/** How deep the value can be shown within the bound; -1 when even its own properties are too many. */
function affordableDepth(value: unknown, depth: number, items: number): number {
  if (isObject(value) && !Array.isArray(value) && Object.keys(value).length > MAX_VALUES) return -1;
  for (let affordable = depth; affordable >= 0; affordable--) {
    if (count(value, affordable, { left: MAX_VALUES, items })) return affordable;
  }
  return -1;
}

/** True when showing the value so deep stays within what is left. */
function count(value: unknown, depth: number, budget: { left: number; items: number }): boolean {
  if (--budget.left < 0) return false;
  // inspect looks behind a Proxy without its traps; looking here would run them.
  if (!isObject(value)) return true;
  const keys = keysOf(value, budget.items);
  if (depth === 0) return (budget.left -= keys.length) >= 0;
  return keys.every((key) => {
    const inner = Object.getOwnPropertyDescriptor(value, key);
    return !inner || !("value" in inner) || count(inner.value, depth - 1, budget);
  });
}

/** The keys that inspect would show; of a long array it shows the first. */
function keysOf(value: object, items: number): string[] {
  if (!Array.isArray(value)) return Object.keys(value);
  return Array.from({ length: Math.min(value.length, items) }, (_, index) => String(index));
}

function firstProperties(value: unknown, items: number): object {
  const object = Object(value) as object;
  const few: object = Object.create(Object.getPrototypeOf(object) as object | null) as object;
  for (const key of Object.keys(object).slice(0, items)) {
    Object.defineProperty(few, key, Object.getOwnPropertyDescriptor(object, key) ?? {});
  }
  return few;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !types.isProxy(value) && !ArrayBuffer.isView(value);
}
