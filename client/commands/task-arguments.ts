// Turns the words after a task's name into its arguments: JSON where a word is JSON, else a string; `--name value` pairs
// become one object, typed by the task's JSON Schema where it has one, or the parameters of a plain function. No code is ever
// written on a command line.
import { didYouMean } from "../../shared/did-you-mean.ts";
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema, TaskDescription } from "../../shared/messages/messages.ts";
import { optionsSchema, placeArguments } from "./function-arguments.ts";
import { accepts, isFlag, jsonTypeOf, propertiesOf, propertyOf } from "./json-schema.ts";
import { optionNameOf, propertyNamed } from "./option-names.ts";
import { InexactNumber, typedValue } from "./typed-value.ts";

/** Options of `rpc` itself: after the task's name they would be the task's. */
const RPC_OPTIONS = ["json", "timeout", "lossless", "raw", "args", "app", "instance", "socket", "any"];

/** What the command line knows of a task; nothing of one that there is not, which the agent refuses. */
export type CallableTask = Partial<TaskDescription>;

/** True for `rpc Release.migrate --help`, unless the task has an option of that name: nobody means to run it then. */
export function isHelpWanted(words: readonly string[], task: CallableTask = {}): boolean {
  const [word] = words;
  if (words.length !== 1 || (word !== "--help" && word !== "-h")) return false;
  return !Object.hasOwn(propertiesOf(optionsOf(task) ?? {}), "help");
}

/** The options that a task has, as a schema; undefined where it may have any. */
export function optionsOf({ parameters, positional, maxArgs, usage }: CallableTask): JsonSchema | undefined {
  if (positional) return optionsSchema(positional);
  // Of a task with a schema it is known how many arguments it takes; a function whose parameters cannot be seen has no options.
  const isHidden = parameters === undefined && maxArgs === undefined && usage !== undefined;
  return isHidden ? optionsSchema([]) : parameters;
}

/**
 * The arguments of a call.
 *
 * @throws RpcError BAD_ARGUMENTS when a word does not fit what the schema says of it, is an option that it does not have, or
 * is one argument more than the task looks at.
 */
export function readTaskArguments(task: string, words: readonly string[], described: CallableTask = {}): unknown[] {
  const reader = new ArgumentReader(task, described);
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") for (const item of rest.splice(0)) reader.readWord(item);
    else if (isOption(word)) reader.readOption(word, rest);
    else reader.readWord(word);
  }
  return reader.args();
}

/**
 * The arguments of a call whose options are an object already: of a task with a schema they are its one argument, of a plain
 * function its parameters.
 *
 * @throws RpcError BAD_ARGUMENTS when a plain function has no parameter for one of them.
 */
export function placeOptions(task: string, options: Record<string, unknown>, described: CallableTask = {}): unknown[] {
  const hasSchema = described.positional === undefined && described.maxArgs === 1;
  if (hasSchema || described.usage === undefined) return [options];
  const reader = new ArgumentReader(task, described);
  for (const [key, value] of Object.entries(options)) reader.readProperty(key, value);
  return reader.args();
}

interface Switch {
  key: string;
  written: string;
  property: JsonSchema | undefined;
}

class ArgumentReader {
  readonly #task: string;
  readonly #described: CallableTask;
  /** Of the options; of a word alone it says something only where the task has a schema. */
  readonly #schema: JsonSchema | undefined;
  readonly #words: unknown[] = [];
  readonly #named = new Map<string, unknown>();
  /** A flag, and the word after it that it left alone. */
  #afterFlag: { written: string; next: string } | undefined;

  constructor(task: string, described: CallableTask) {
    this.#task = task;
    this.#described = described;
    this.#schema = optionsOf(described);
  }

  args(): unknown[] {
    const { maxArgs = Infinity, positional } = this.#described;
    const args = positional ? this.#placed(positional) : [...this.#words, ...this.#object()];
    if (args.length > maxArgs) throw this.#tooMany(args.length, maxArgs);
    return args;
  }

  /** A word that is no option: an argument of its own. */
  readWord(word: string): void {
    this.#words.push(this.#value(word, this.#described.parameters, word));
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

  /** An option whose value is there already. */
  readProperty(key: string, value: unknown): void {
    if (this.#schema && propertyOf(this.#schema, key) === false) throw this.#unknownOption(key);
    this.#named.set(key, value);
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
    const isList = property !== undefined && accepts(property, "array");
    const isWhole = before === undefined && (Array.isArray(value) || (isList && accepts(property, jsonTypeOf(value))));
    if (!isList || isWhole) this.#named.set(key, value);
    else this.#named.set(key, [...(before === undefined ? [] : [before].flat()), ...[value].flat()]);
  }

  #placed(parameters: NonNullable<TaskDescription["positional"]>): unknown[] {
    const placed = placeArguments(parameters, this.#words, this.#named);
    if ("args" in placed) return placed.args;
    throw this.#bad(`${placed.twice} is given twice: as --${optionNameOf(placed.twice)} and by options that make it`);
  }

  #object(): object[] {
    return this.#named.size === 0 ? [] : [Object.fromEntries(this.#named)];
  }

  #value(text: string, schema: JsonSchema | undefined, where: string): unknown {
    try {
      return typedValue(text, schema);
    } catch (error) {
      if (!(error instanceof InexactNumber)) throw error;
      const place = where === error.message ? "" : `${where}: `;
      throw this.#bad(`${place}${error.message} cannot be exact as a number`);
    }
  }

  #tooMany(given: number, wanted: number): RpcError {
    const counted =
      wanted === 0 ? "no arguments" : wanted === 1 ? `one argument, not ${given}` : `${wanted} arguments, not ${given}`;
    if (this.#afterFlag)
      return this.#bad(`--${this.#afterFlag.written} takes no value but true or false, not "${this.#afterFlag.next}"`);
    const [option] = this.#named.keys();
    if (option !== undefined && RPC_OPTIONS.includes(option))
      return this.#bad(`it takes ${counted} (${standsBefore(option)})`);
    if (this.#described.positional) return this.#bad(`it takes ${counted} (usage: ${this.#usage})`);
    if (option === undefined) return this.#bad(`it takes ${counted}`);
    return this.#bad(`it takes ${counted} (--${optionNameOf(option)} makes one, an object)`);
  }

  #unknownOption(written: string): RpcError {
    const known = Object.keys(propertiesOf(this.#schema ?? {})).map(optionNameOf);
    const hint = didYouMean(written, known, (name) => `--${name}`);
    if (hint !== "") return this.#bad(`it has no option --${written}${hint}`);
    const { parameters, positional, usage } = this.#described;
    const reason = positional?.length === 0 ? "it takes no arguments" : `it has no option --${written}`;
    if (RPC_OPTIONS.includes(written)) return this.#bad(`${reason} (${standsBefore(written)})`);
    if (parameters || usage === undefined || positional?.length === 0) return this.#bad(reason);
    const object = `for an object write '{"${propertyNamed(written, undefined).key}": …}'`;
    return this.#bad(`${reason} (usage: ${this.#usage}; ${object})`);
  }

  get #usage(): string {
    return `${this.#task} ${this.#described.usage ?? ""}`.trimEnd();
  }

  #bad(reason: string): RpcError {
    return new RpcError("BAD_ARGUMENTS", `Cannot call "${this.#task}": ${reason}`);
  }
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
  return /^--[\p{ID_Start}$_]/u.test(word);
}
