// For a program that reads: an evaluation that names a task where a call was meant has done nothing, and must not look like
// success. At a terminal a person sees the function, and knows.
import type { Program } from "acorn";
import { types } from "node:util";
import { aloneText, mentionText, uncalledMention, uncalledStatement } from "../tasks/uncalled.ts";
import { taskOf } from "./task-namespaces.ts";

/** Values that are looked at; a value with more of them is data, not a slip. */
const MAX_VALUES = 1000;

/** Why the source must not be evaluated: a statement of it is only a task's name. */
export function uncalledSource(program: Program | undefined, tasks: readonly string[]): string | undefined {
  const name = program && uncalledStatement(program, tasks);
  return name && aloneText(name, tasks);
}

/** What is wrong with a value that is or holds a task, or a function that would call one; `calls` is how many were called. */
export function uncalledValue(
  value: unknown,
  { program, tasks, calls }: { program: Program | undefined; tasks: readonly string[]; calls: number },
): string | undefined {
  const task = heldTask(value);
  if (task !== undefined) return `its value holds the task "${task}", and nothing calls it (write "${task}()")`;
  if (typeof value !== "function" || calls > 0) return undefined;
  const name = program && uncalledMention(program, tasks);
  return name && mentionText(name, tasks);
}

/** Without running anything of the app's: neither getters nor the traps of a Proxy. */
function heldTask(value: unknown): string | undefined {
  const waiting: unknown[] = [value];
  const seen = new Set<unknown>();
  while (waiting.length > 0 && seen.size < MAX_VALUES) {
    const item = waiting.pop();
    const task = typeof item === "function" ? taskOf(item) : undefined;
    if (task !== undefined) return task;
    if (typeof item !== "object" || item === null || types.isProxy(item) || seen.has(item)) continue;
    seen.add(item);
    if (types.isMap(item)) waiting.push(...Map.prototype.values.call(item));
    else if (types.isSet(item)) waiting.push(...Set.prototype.values.call(item));
    else if (isPlain(item)) waiting.push(...ownValues(item));
  }
  return undefined;
}

function ownValues(object: object): unknown[] {
  const keys = Object.keys(object).slice(0, MAX_VALUES);
  return keys.map((key): unknown => Object.getOwnPropertyDescriptor(object, key)?.value);
}

/** What is written as a list or an object; the app's own objects may hold anything. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
