// Prints the candidates for the word that is being typed. The names of tasks and their options come from the live app.
import type { Command, Option } from "commander";
import type { JsonSchema, TaskDescription } from "../../shared/messages/messages.ts";
import { findAgent, type Target } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { COMPLETION_LIMIT_MS } from "../wire/limits.ts";
import { ask } from "../wire/request.ts";
import { COMPLETION_SCRIPTS } from "./completion-scripts.ts";
import { UsageError } from "../terminal/failure.ts";
import { isFlag, propertiesOf } from "./json-schema.ts";
import { optionNameOf, propertyNamed } from "./option-names.ts";
import { optionsOf as taskOptions } from "./task-arguments.ts";
import type { Streams } from "../terminal/streams.ts";

/** Prints the completion script of a shell, for the program by the name it was called by. */
export function completionScript(shell: string, program: string, { stdout }: Streams): void {
  const script = Object.hasOwn(COMPLETION_SCRIPTS, shell) ? COMPLETION_SCRIPTS[shell] : undefined;
  if (!script) throw new UsageError(`Cannot complete for "${shell}": there are scripts for bash, zsh and fish`);
  stdout.write(script(program, program.replaceAll(/[^A-Za-z0-9]/g, "_")));
}

/** Prints the candidates for the last of the words, one a line. Prints nothing when the app cannot be asked. */
export async function complete(program: Command, words: string[], { stdout, env }: Streams): Promise<void> {
  const { before, last, prefix } = wordsOf(words);
  const candidates = await candidatesFor(readLine(program, before), env);
  for (const candidate of candidates) if (candidate.startsWith(last)) stdout.write(`${prefix}${candidate}\n`);
}

/** What the words before the word being typed mean. */
interface Line {
  program: Command;
  /** The command, when its name is complete. */
  command: Command | undefined;
  /** The words after it that are neither its options nor their values. */
  operands: string[];
  /** The option whose value the next word is. */
  pending: Option | undefined;
  target: Target;
}

/** bash gives `--role=a` as three words, other shells as one. */
function wordsOf(words: readonly string[]): { before: string[]; last: string; prefix: string } {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1).filter((word) => word !== "=");
  if (last === "=") return { before, last: "", prefix: "" };
  const [, option, value = ""] = /^(--[^=]+)=(.*)$/s.exec(last) ?? [];
  return option === undefined
    ? { before, last, prefix: "" }
    : { before: [...before, option], last: value, prefix: `${option}=` };
}

function readLine(program: Command, words: readonly string[]): Line {
  const line: Line = { program, command: undefined, operands: [], pending: undefined, target: {} };
  for (const word of words) {
    const options: readonly Option[] = (line.command ?? program).options;
    // Words after a task's name are the task's.
    const option =
      line.operands.length > 0 ? undefined : options.find(({ long, short }) => word === long || word === short);
    if (line.pending) readValue(line, line.pending, word);
    else if (option) line.pending = option.required ? option : undefined;
    else if (!line.command) line.command = commandNamed(program, word);
    else if (commandNamed(line.command, word)) line.command = commandNamed(line.command, word);
    else line.operands.push(word);
  }
  return line;
}

function readValue(line: Line, { long }: Option, word: string): void {
  if (long === "--app") line.target.app = word;
  if (long === "--instance") line.target.instance = word;
  if (long === "--socket") line.target.socket = word;
  line.pending = undefined;
}

async function candidatesFor(line: Line, env: Streams["env"]): Promise<string[]> {
  const { program, command, operands, pending, target } = line;
  if (pending) return [];
  if (!command) return [...commandsOf(program).map((each) => each.name()), ...optionsOf(program)];
  if (command.commands.length > 0) return [...commandsOf(command).map((each) => each.name()), ...optionsOf(command)];
  if (command.name() === "completion") return operands.length === 0 ? Object.keys(COMPLETION_SCRIPTS) : [];
  if (!["rpc", "tasks"].includes(command.name())) return optionsOf(command);
  const [name] = operands;
  const known = command.name() === "rpc" || name === undefined ? await describe(target, env) : [];
  if (name === undefined) return [...known.map((task) => task.name), ...optionsOf(command)];
  return taskCandidates(taskOptions(known.find((task) => task.name === name) ?? {}), operands.slice(1));
}

/** The options of a task; after an option with a fixed set of values, those values. */
function taskCandidates(schema: JsonSchema | undefined, words: readonly string[]): string[] {
  if (!schema) return [];
  const known = propertiesOf(schema);
  const previous = /^--(.+)$/.exec(words.at(-1) ?? "")?.[1];
  const property = previous === undefined ? undefined : known[propertyNamed(previous, schema).key];
  if (property && !isFlag(property)) return (property.enum ?? property.items?.enum ?? []).map(String);
  return Object.keys(known).map((key) => `--${optionNameOf(key)}`);
}

async function describe(target: Target, env: Streams["env"]): Promise<readonly TaskDescription[]> {
  try {
    const address = await findAgent({ ...target, any: true }, env);
    const deadline = new Deadline(COMPLETION_LIMIT_MS);
    return (await ask(address, { method: "describe", deadline })).tasks;
  } catch {
    return []; // no app, no names: a completion cannot show an error
  }
}

function commandsOf(program: Command): Command[] {
  return [...program.commands].filter((command) => !command.name().startsWith("_"));
}

function commandNamed(parent: Command, name: string): Command | undefined {
  return commandsOf(parent).find((command) => command.name() === name);
}

/** A command's own options, then the options of every command, which its help hides. */
function optionsOf({ options }: Command): string[] {
  const ordered = [...options.filter(({ hidden }) => !hidden), ...options.filter(({ hidden }) => hidden)];
  return ordered.flatMap(({ long }) => long ?? []);
}
