// Turns the words after a task's name into its arguments. A word that is JSON is read as JSON, any other is a string.
// `--name value` pairs become one object, typed by the task's JSON Schema or by the parameters of a plain function. No
// word is ever evaluated as code.
import { didYouMean } from "../../shared/did-you-mean.ts";
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema, TaskDescription } from "../../shared/messages/messages.ts";
import { optionsSchema, placeArguments } from "./function-arguments.ts";
import { accepts, isFlag, jsonTypeOf, propertiesOf, propertyOf } from "./json-schema.ts";
import { optionNameOf, propertyNamed } from "./option-names.ts";
import { InexactNumber, typedValue } from "./typed-value.ts";

/** Options of `rpc` itself. After the task's name they count as the task's. */
const RPC_OPTIONS = ["json", "timeout", "lossless", "raw", "args", "app", "instance", "socket", "any"];

/** What the command line knows about a task. It knows nothing about an unknown task, which the agent refuses. */
export type CallableTask = Partial<TaskDescription>;

/**
 * True for `rpc Release.migrate --help`, unless the task has an option of that name: such a command does not intend to
 * run the task.
 */
export function isHelpWanted(words: readonly string[], task: CallableTask = {}): boolean {
  const [word] = words;
  if (words.length !== 1 || (word !== "--help" && word !== "-h")) return false;
  return !Object.hasOwn(propertiesOf(optionsOf(task) ?? {}), "help");
}

/** The options that a task has, as a schema; undefined if it may have any. */
export function optionsOf({ parameters, positional, maxArgs, usage }: CallableTask): JsonSchema | undefined {
  if (positional) return optionsSchema(positional);
  // A task with a schema says how many arguments it takes. A function whose parameters are not visible has no options.
  const isHidden = parameters === undefined && maxArgs === undefined && usage !== undefined;
  return isHidden ? optionsSchema([]) : parameters;
}

/**
 * The arguments of a call.
 *
 * @throws RpcError BAD_ARGUMENTS when a word does not fit the schema, when the task has no such option, or when there
 * are more arguments than the task reads.
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
 * The arguments of a call whose options already are an object. For a task with a schema they are its one argument, for
 * a plain function its parameters.
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
  /** Describes the options. A word without an option name is checked only if the task has a schema. */
  readonly #schema: JsonSchema | undefined;
  readonly #words: unknown[] = [];
  readonly #named = new Map<string, unknown>();
  /** A flag, and the next word, which the flag did not take. */
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

  /** A word that is not an option: a separate argument. */
  readWord(word: string): void {
    this.#words.push(this.#value(word, this.#described.parameters, word));
  }

  /** Reads an option. Its value is attached with `=`, or is the first of `rest`, which is then removed. */
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

  /** Sets an option whose value is known. */
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

  /**
   * Sets an option. If it was given before, the value is appended when the schema wants a list; otherwise the last
   * value counts.
   */
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

/**
 * True when the option takes the next word. A flag takes only `true` and `false`; other options take any word that is
 * not an option.
 */
function takesNext(property: JsonSchema | undefined, [next]: readonly string[]): boolean {
  if (next === undefined) return false;
  if (property && isFlag(property)) return /^(true|false)$/.test(next);
  return !isOption(next);
}

function standsBefore(option: string): string {
  return `the command's own --${option} stands before the task's name`;
}

/** True for `--name`; `-5` and `-x` are values. */
function isOption(word: string): boolean {
  return /^--[\p{ID_Start}$_]/u.test(word);
}
