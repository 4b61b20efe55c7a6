// Turns the words after a task's name into its arguments: JSON where a word is JSON, else a string; `--name value` pairs
// become one object, typed by the task's JSON Schema where it has one. No code is ever written on a command line.
import { closest } from "../../shared/closest.ts";
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema, TaskDescription } from "../../shared/messages.ts";
import { accepts, isFlag, jsonTypeOf, propertiesOf, propertyOf } from "./json-schema.ts";
import { readJson, roundedNumber } from "./json-words.ts";
import { optionNameOf, propertyNamed } from "./option-names.ts";

/** Options of `rpc` itself: after the task's name they would be the task's. */
const RPC_OPTIONS = ["json", "timeout", "app", "instance", "socket", "any"];

/** True for `rpc Release.migrate --help`, unless the task has an option of that name: nobody means to run it then. */
export function isHelpWanted(words: readonly string[], schema: JsonSchema | undefined): boolean {
  const [word] = words;
  if (words.length !== 1 || (word !== "--help" && word !== "-h")) return false;
  return !schema || !Object.hasOwn(propertiesOf(schema), "help");
}

/**
 * The arguments of a call.
 *
 * @throws RpcError BAD_ARGUMENTS when a word does not fit what the schema says of it, is an option that it does not have, or
 * is one argument more than the task looks at.
 */
export function readTaskArguments(
  task: string,
  words: readonly string[],
  { parameters, maxArgs }: Partial<TaskDescription> = {},
): unknown[] {
  const reader = new ArgumentReader(task, parameters);
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") for (const item of rest.splice(0)) reader.readWord(item);
    else if (isOption(word)) reader.readOption(word, rest);
    else reader.readWord(word);
  }
  return reader.args(maxArgs);
}

interface Switch {
  key: string;
  written: string;
  property: JsonSchema | undefined;
}

class ArgumentReader {
  readonly #task: string;
  readonly #schema: JsonSchema | undefined;
  readonly #positional: unknown[] = [];
  readonly #named = new Map<string, unknown>();
  /** A flag, and the word after it that it left alone. */
  #afterFlag: { written: string; next: string } | undefined;

  constructor(task: string, schema: JsonSchema | undefined) {
    this.#task = task;
    this.#schema = schema;
  }

  args(maxArgs = Infinity): unknown[] {
    const options = this.#named.size === 0 ? [] : [Object.fromEntries(this.#named)];
    const args = [...this.#positional, ...options];
    if (args.length > maxArgs) throw this.#tooMany(args.length, maxArgs);
    return args;
  }

  /** A word that is no option: an argument of its own. */
  readWord(word: string): void {
    this.#positional.push(this.#value(word, this.#schema, `"${word}"`));
  }

  /** An option; its value is attached with `=`, or the first of `rest`, which is taken. */
  readOption(word: string, rest: string[]): void {
    const [, written = "", attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const { key, negated } = propertyNamed(written, this.#schema);
    const property = this.#schema ? propertyOf(this.#schema, key) : undefined;
    if (property === false) throw this.#unknownOption(written);
    if (negated) return this.#switch({ key, written, property }, attached ?? false);
    const text = attached ?? (takesNext(property, rest) ? rest.shift() : undefined);
    if (text === undefined) {
      if (rest[0] !== undefined && !isOption(rest[0])) this.#afterFlag = { written, next: rest[0] };
      return this.#switch({ key, written, property }, true);
    }
    this.#set(key, this.#value(text, property, `--${written}`), property);
  }

  /** An option without a value: on, or with `--no-` off. */
  #switch({ key, written, property }: Switch, state: boolean | string): void {
    if (typeof state === "string") throw this.#bad(`--${written} takes no value`);
    if (property && !accepts(property, "boolean")) throw this.#bad(`--${written} needs a value`);
    this.#named.set(key, state);
  }

  /** An option that is given again: one more item where the schema wants a list, else the last counts. */
  #set(key: string, value: unknown, property: JsonSchema | undefined): void {
    const before = this.#named.get(key);
    const isList = property !== undefined && accepts(property, "array") && !Array.isArray(value);
    const isAlone = before === undefined && property !== undefined && accepts(property, jsonTypeOf(value));
    if (!isList || isAlone) this.#named.set(key, value);
    else this.#named.set(key, [...(before === undefined ? [] : [before].flat()), value]);
  }

  /** A value whose type the schema knows: `20240302` stays text where text is wanted. */
  #value(text: string, schema: JsonSchema | undefined, where: string): unknown {
    const value = readJson(text);
    const rounded = typeof value === "object" ? roundedNumber(text) : undefined;
    if (rounded !== undefined) throw this.#bad(`${rounded} in JSON would be rounded (write it as a string)`);
    const wanted = schema && itemOf(schema, value);
    if (!wanted || accepts(wanted, jsonTypeOf(value))) return value;
    if (accepts(wanted, "string")) return text;
    if (typeof value === "string" && roundedNumber(text) !== undefined && accepts(wanted, "number"))
      throw this.#bad(`${where === `"${text}"` ? text : `${where} ${text}`} is too large to be exact as a number`);
    return value;
  }

  #tooMany(given: number, wanted: number): RpcError {
    const takes =
      wanted === 0 ? "no arguments" : wanted === 1 ? `one argument, not ${given}` : `${wanted} arguments, not ${given}`;
    if (this.#afterFlag)
      return this.#bad(`--${this.#afterFlag.written} takes no value but true or false, not "${this.#afterFlag.next}"`);
    const [option] = this.#named.keys();
    if (option === undefined) return this.#bad(`it takes ${takes}`);
    if (RPC_OPTIONS.includes(option)) return this.#bad(`it takes ${takes} (${standsBefore(option)})`);
    return this.#bad(`it takes ${takes} (--${optionNameOf(option)} makes one, an object)`);
  }

  #unknownOption(written: string): RpcError {
    const known = Object.keys(propertiesOf(this.#schema ?? {})).map(optionNameOf);
    const meant = closest(written, known);
    if (meant !== undefined) return this.#bad(`it has no option --${written} (did you mean --${meant}?)`);
    if (!RPC_OPTIONS.includes(written)) return this.#bad(`it has no option --${written}`);
    return this.#bad(`it has no option --${written} (${standsBefore(written)})`);
  }

  #bad(reason: string): RpcError {
    return new RpcError("BAD_ARGUMENTS", `Cannot call "${this.#task}": ${reason}`);
  }
}

/** Where a list is wanted and one value is given, the value is one item. */
function itemOf(schema: JsonSchema, value: unknown): JsonSchema {
  const isItem = !Array.isArray(value) && accepts(schema, "array") && !accepts(schema, "string");
  return isItem ? (listItemsOf(schema) ?? schema) : schema;
}

function listItemsOf({ items, anyOf, oneOf }: JsonSchema): JsonSchema | undefined {
  return items ?? (anyOf ?? oneOf)?.find((choice) => choice.items)?.items;
}

/** A flag takes no word but `true` and `false`; anything else takes the next word unless that is an option, too. */
function takesNext(property: JsonSchema | undefined, [next]: readonly string[]): boolean {
  if (next === undefined) return false;
  if (property && isFlag(property)) return /^(true|false)$/.test(next);
  return !isOption(next);
}

function standsBefore(option: string): string {
  return `the command's own --${option} stands before the task's name`;
}

/** `--name`; `-5` and `-x` are values. */
function isOption(word: string): boolean {
  return /^--[A-Za-z]/.test(word);
}
