// Completes the end of a line. Tab must change nothing in the app: names are looked up in descriptors, a getter is read
// only if V8 proves that this has no side effect, and no trap of a Proxy runs.
import { types } from "node:util";
import type { ConsoleCompleteResult } from "../../shared/messages/console-messages.ts";

/** A path of names at the end of the line: `context.db.po`. */
const PATH = /(?:[\p{ID_Start}$_][\p{ID_Continue}$]*\??\.)*[\p{ID_Start}$_]?[\p{ID_Continue}$]*$/u;

const MAX_COMPLETIONS = 500;

/** Looks up the first name of a path. */
export interface Names {
  /** The value of a console's own name or a lexical binding. */
  lookUp(name: string): { value: unknown } | undefined;
  /** All names that are not properties of globalThis. */
  names(): string[];
  /** The value of a getter. Undefined if reading it might change something, or takes long. */
  readQuietly(object: object, name: string): { value: unknown } | undefined;
}

/** The completions of the line's end. */
export function complete(line: string, names: Names): ConsoleCompleteResult {
  const fragment = PATH.exec(line)?.[0] ?? "";
  const before = line.slice(0, line.length - fragment.length);
  // After a closing bracket or a number, or inside a word that is not a name, the path would belong to a value that
  // cannot be looked up.
  if (/[\w$)\]}"'`.]$/.test(before)) return { fragment, completions: [] };
  const steps = fragment.split(/\??\./);
  const last = steps.pop() ?? "";
  const prefix = fragment.slice(0, fragment.length - last.length);
  const found = steps.length === 0 ? [...names.names(), ...membersOf(globalThis)] : membersOfPath(steps, names);
  const fitting = found.filter((name) => name.startsWith(last) && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
  const completions = [...new Set(fitting)].sort().slice(0, MAX_COMPLETIONS);
  return { fragment, completions: completions.map((name) => `${prefix}${name}`) };
}

function membersOfPath([first = "", ...rest]: string[], names: Names): string[] {
  let found = names.lookUp(first) ?? read(globalThis, first, names);
  for (const step of rest) found = found && read(found.value, step, names);
  return found ? membersOf(found.value) : [];
}

function read(value: unknown, name: string, names: Names): { value: unknown } | undefined {
  for (const object of chain(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor === undefined) continue;
    // The getter belongs to the prototype, but reads the object.
    return "value" in descriptor ? { value: descriptor.value } : names.readQuietly(new Object(value), name);
  }
  return undefined;
}

function membersOf(value: unknown): string[] {
  const objects = chain(value);
  // The members of every object are offered only if there are no others.
  const own = objects.length > 1 ? objects.filter((object) => object !== Object.prototype) : objects;
  return own.flatMap((object) => Object.getOwnPropertyNames(object));
}

function chain(value: unknown): object[] {
  if (value === undefined || value === null) return [];
  const objects: object[] = [];
  for (let object: unknown = Object(value); isVisible(object); object = Object.getPrototypeOf(object)) {
    objects.push(object);
  }
  return objects;
}

function isVisible(value: unknown): value is object {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && !types.isProxy(value);
}
