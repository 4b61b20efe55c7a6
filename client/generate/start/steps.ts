// Lists what a start script does, in order: with the scripts of package.json that it calls, and with the shell scripts
// that it runs, such as entrypoint.sh.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "../package-json.ts";
import { calledScript, passedOn } from "./called-script.ts";
import { isComputed, NotPlain, quoted, shellCommands, type ShellCommand } from "./shell.ts";
import { programName, unwrap, type Unwrapped } from "./wrappers.ts";

/** One command that a start script runs. */
export interface Step extends Unwrapped {
  /** The whole command, as a shell reads it. */
  text: string;
  /** The script of package.json that has it. */
  script: string;
  /** The folder in which it runs, a path in the project: `.` unless the script has changed it. */
  folder: string;
  /** The operator after it. */
  then: string;
  redirections: readonly string[];
}

interface Reading {
  project: PackageJson;
  script: string;
  folder: string;
  exported: Record<string, string>;
  /** How deep scripts call each other. */
  depth: number;
}

/** How deep scripts may call each other. */
const MOST_SCRIPTS = 8;
const SHELLS = ["sh", "bash", "dash", "ash", "zsh"];
const SILENT = ["exec", "echo", "printf", "true", ":", "exit", "wait", "trap"];

/** The steps of a script of package.json, with those of its `pre` script, which npm and yarn run before it. */
export function stepsOfScript(project: PackageJson, script: string): Step[] {
  return ofNamed(script, [], { project, script, folder: ".", exported: {}, depth: 0 });
}

/** The steps of a text that is not in package.json, such as a Procfile's. `script` names it in sentences. */
export function stepsOfText(project: PackageJson, text: string, script: string): Step[] {
  return ofText(text, { project, script, folder: ".", exported: {}, depth: 0 });
}

function ofNamed(name: string, words: readonly string[], reading: Reading): Step[] {
  if (reading.depth > MOST_SCRIPTS) throw new NotPlain(`calls itself through "${name}"`);
  const { scripts } = reading.project;
  const of = (each: string) => {
    const text = scripts[each];
    if (typeof text !== "string") return [];
    return ofText(text, { ...reading, exported: { ...reading.exported }, script: each, depth: reading.depth + 1 });
  };
  const before = joined(of(`pre${name}`), "&&");
  return [...before, ...withWords(of(name), words)];
}

function ofText(text: string, reading: Reading): Step[] {
  const commands = shellCommands(text);
  const stops = commands.some(({ words }) => words[0] === "set" && /^-\w*e/.test(words[1] ?? ""));
  return commands
    .map((command) => (stops && command.then === ";" ? { ...command, then: "&&" } : command))
    .flatMap((command) => ofCommand(command, reading));
}

function ofCommand(command: ShellCommand, reading: Reading): Step[] {
  const unwrapped = unwrap(command.words);
  const [program = "", ...rest] = unwrapped.words;
  if (changesState(program, rest, reading)) return [];
  const inner = nested(unwrapped, reading);
  if (inner)
    return joined(
      inner.map((step) => inContext(step, unwrapped)),
      command.then,
    );
  if (program === "" || SILENT.includes(program)) return [];
  const env = { ...reading.exported, ...unwrapped.env };
  const { script, folder } = reading;
  const { then, redirections } = command;
  const text = [quoted(command.words), ...redirections].join(" ");
  return [{ ...unwrapped, env, text, script, folder, then, redirections }];
}

/** The commands of a shell that act on those after them. */
function changesState(program: string, rest: readonly string[], reading: Reading): boolean {
  const [first = ""] = rest;
  if (program === "cd" && rest.length === 1 && !isComputed(first)) {
    reading.folder = path.join(reading.folder, first);
    return true;
  }
  if (program !== "export" && program !== "set" && program !== "SET") return false;
  Object.assign(reading.exported, unwrap(rest).env);
  return true;
}

/** The steps inside a command that runs a script; undefined for any other command. */
function nested({ words }: Unwrapped, reading: Reading): Step[] | undefined {
  const [program = "", ...rest] = words;
  const name = programName(program);
  if (name === "cross-env-shell") return ofText(rest.filter((word) => !isAssignment(word)).join(" "), deeper(reading));
  if (SHELLS.includes(name)) return ofShell(rest, reading);
  const called = calledScript(name, rest, reading.project.scripts);
  if (called) return called.names.flatMap((each) => joined(ofNamed(each, called.words, reading), "&&"));
  const passed = passedOn(name, rest);
  if (passed) return ofCommand({ words: passed, then: "", redirections: [] }, deeper(reading));
  return isShellScript(reading, program) ? ofFile(program, rest, reading) : undefined;
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

function ofShell(words: readonly string[], reading: Reading): Step[] | undefined {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const [text, ...rest] = at < 0 ? [] : words.slice(at);
  if (text === undefined) return undefined;
  const isText = words.slice(0, at).some((word) => /^-\w*c$/.test(word));
  if (!isText) return isFile(reading, text) ? ofFile(text, rest, reading) : undefined;
  if (isComputed(text)) throw new NotPlain("computes a command");
  return ofText(text, deeper(reading));
}

function ofFile(name: string, words: readonly string[], reading: Reading): Step[] {
  const text = readFileSync(path.join(reading.project.root, reading.folder, name), "utf8");
  // `"$@"` in it is what it is called with.
  const called = text.replaceAll(/"?\$(@|\*)"?/g, quoted(words));
  return ofText(called, { ...deeper(reading), exported: { ...reading.exported }, script: name });
}

function deeper(reading: Reading): Reading {
  if (reading.depth > MOST_SCRIPTS) throw new NotPlain("has scripts that call each other");
  return { ...reading, depth: reading.depth + 1 };
}

/** The variables before `npm run serve` are also those of what it runs. */
function inContext(step: Step, { env, envFiles, unknown }: Unwrapped): Step {
  const merged = { ...env, ...step.env };
  return { ...step, env: merged, envFiles: [...envFiles, ...step.envFiles], unknown: [...unknown, ...step.unknown] };
}

function joined(steps: readonly Step[], then: string): Step[] {
  return steps.map((step, at) => (at === steps.length - 1 ? { ...step, then } : step));
}

function withWords(steps: readonly Step[], words: readonly string[]): Step[] {
  if (words.length === 0) return [...steps];
  return steps.map((step, at) =>
    at === steps.length - 1
      ? { ...step, words: [...step.words, ...words], text: `${step.text} ${quoted(words)}` }
      : step,
  );
}

function isShellScript(reading: Reading, program: string): boolean {
  if (!isFile(reading, program) || !program.includes("/")) return false;
  const [first = ""] = readFileSync(path.join(reading.project.root, reading.folder, program), "utf8").split("\n", 1);
  return program.endsWith(".sh") || /^#!.*\b(ba|da|a|z)?sh\b/.test(first);
}

function isFile({ project, folder }: Reading, name: string): boolean {
  const file = path.join(project.root, folder, name);
  return existsSync(file) && statSync(file).isFile();
}
