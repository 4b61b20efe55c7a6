// Turns the words after a task's name into its arguments: JSON where a word is JSON, else a string; `--name value` pairs
// become one object, typed by the task's JSON Schema where it has one. No code is ever written on a command line.
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema } from "../../shared/protocol.ts";

/**
 * The arguments of a call.
 *
 * @throws RpcError BAD_ARGUMENTS when a word does not fit what the schema says of it.
 */
export function readTaskArguments(task: string, words: readonly string[], schema: JsonSchema | undefined): unknown[] {
  const positional: unknown[] = [];
  const named: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") positional.push(...rest.splice(0).map((item) => readWord(item, schema)));
    else if (/^--[A-Za-z]/.test(word)) readOption({ task, word, rest, schema, named });
    else positional.push(readWord(word, schema));
  }
  return Object.keys(named).length > 0 ? [...positional, { ...named }] : positional;
}

interface OptionInput {
  task: string;
  word: string;
  /** The words after it; a value is taken from the front. */
  rest: string[];
  schema: JsonSchema | undefined;
  named: Record<string, unknown>;
}

function readOption({ task, word, rest, schema, named }: OptionInput): void {
  const [, written = "", attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const { key, negated } = keyOf(written, schema);
  const property = schema?.properties?.[key];
  const value = attached ?? (!negated && takesValue(property, rest) ? rest.shift() : undefined);
  if (value !== undefined) named[key] = merge(named[key], readValue(value, property), property);
  else if (!property || accepts(property, "boolean")) named[key] = !negated;
  else throw new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": --${written} needs a value`);
}

/** An option that is given again: one more item where the schema wants a list, else the last counts. */
function merge(before: unknown, value: unknown, property: JsonSchema | undefined): unknown {
  if (!property || !accepts(property, "array") || Array.isArray(value)) return value;
  return Array.isArray(before) ? [...(before as unknown[]), value] : [value];
}

/** `--dry-run` is the property `dryRun`, `--no-seed` is `seed: false`, unless the schema has them as they are written. */
function keyOf(written: string, schema: JsonSchema | undefined): { key: string; negated: boolean } {
  const properties = schema?.properties ?? {};
  if (Object.hasOwn(properties, written)) return { key: written, negated: false };
  const camel = camelCase(written);
  if (Object.hasOwn(properties, camel) || !written.startsWith("no-")) return { key: camel, negated: false };
  return { key: camelCase(written.slice("no-".length)), negated: true };
}

function camelCase(written: string): string {
  return written.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** A flag takes no value; an option of unknown type takes the next word unless that is an option, too. */
function takesValue(property: JsonSchema | undefined, rest: readonly string[]): boolean {
  const [next] = rest;
  if (next === undefined) return false;
  if (property && accepts(property, "boolean") && !/^(true|false)$/.test(next)) return false;
  return property !== undefined && !accepts(property, "boolean") ? true : !/^--[A-Za-z]/.test(next);
}

function readWord(word: string, schema: JsonSchema | undefined): unknown {
  const isObject = schema === undefined || accepts(schema, "object");
  return isObject ? readJson(word) : readValue(word, schema);
}

/** A value whose type the schema knows: `20240302` stays text where text is wanted. */
function readValue(text: string, schema: JsonSchema | undefined): unknown {
  const read = readJson(text);
  if (schema === undefined) return read;
  const wanted = accepts(schema, "array") && schema.items && !Array.isArray(read) ? schema.items : schema;
  return accepts(wanted, "string") && !accepts(wanted, jsonType(read)) ? text : read;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // not JSON: then it is the text itself
  }
}

function accepts(schema: JsonSchema, type: string): boolean {
  const { type: own, anyOf, enum: values } = schema;
  if (own !== undefined)
    return [own].flat().some((known) => known === type || (known === "integer" && type === "number"));
  if (anyOf) return anyOf.some((option) => accepts(option, type));
  return values ? values.some((value) => jsonType(value) === type) : false;
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
