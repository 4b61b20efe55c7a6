// For a program that reads the result: an evaluation that names a task without calling it has done nothing, and must
// not look like success. A person at a terminal sees the function, and understands.
import type { Program } from "acorn";
import { types } from "node:util";
import { aloneText, mentionText, uncalledMention, uncalledStatement } from "../tasks/uncalled.ts";
import { taskOf } from "./task-namespaces.ts";

/** Values that are searched for a function. A value with more of them is data, not a mistake. */
const MAX_VALUES = 1000;

/** Why the source must not be evaluated: one of its statements is only a task's name. */
export function uncalledSource(program: Program | undefined, tasks: readonly string[]): string | undefined {
  const name = program && uncalledStatement(program, tasks);
  return name && aloneText(name, tasks);
}

/**
 * The problem with a value that is or contains a task, or a function that would call one; `calls` is how many were
 * called.
 */
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

/** Runs none of the app's code: neither getters nor the traps of a Proxy. */
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

/** True for a literal list or object. The app's own objects may contain anything. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
