// Finds a function in an expression's value: data has none, so it is one that was meant to be called.
import { ObservedPromise } from "../observed-promise.ts";

/** Values that are looked at; a value with more of them is data, not a slip. */
const MAX_VALUES = 10_000;

/** What is wrong with a value that is or holds a function, completing "Evaluated …, but "; undefined for any other value. */
export async function uncalledText(
  value: unknown,
  taskOf: (call: object) => string | undefined,
): Promise<string | undefined> {
  const held = await heldFunction(value);
  if (held === undefined) return undefined;
  const task = taskOf(held);
  const what = task === undefined ? "a function" : `the task "${task}"`;
  const remedy = task === undefined ? "" : ` (write "${task}()")`;
  return `its value ${held === value ? "is" : "holds"} ${what}, and nothing calls it${remedy}`;
}

async function heldFunction(value: unknown): Promise<object | undefined> {
  const waiting: unknown[] = [value];
  const seen = new Set<unknown>();
  while (waiting.length > 0 && seen.size < MAX_VALUES) {
    const item = waiting.pop();
    if (typeof item === "function") return item;
    if (typeof item !== "object" || item === null || seen.has(item)) continue;
    seen.add(item);
    for (const inner of await contentsOf(item)) waiting.push(inner);
  }
  return undefined;
}

async function contentsOf(value: object): Promise<unknown[]> {
  // A call's promise holds what its task returned: data. And whoever looks at it would have heard of its failure.
  if (ObservedPromise.is(value)) return [];
  if (value instanceof Promise) return [await fulfilledValue(value)];
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].flat();
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (ArrayBuffer.isView(value)) return [];
  // A toJSON says how the object is written, and is called for it.
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => (key === "toJSON" ? [] : [item]));
}

/** What the promise was fulfilled with; undefined while it is pending, or when it was rejected. */
function fulfilledValue(promise: Promise<unknown>): Promise<unknown> {
  const nothing = () => undefined;
  return Promise.race([promise, Promise.resolve()]).catch(nothing);
}
