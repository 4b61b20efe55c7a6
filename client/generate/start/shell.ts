// Splits a start script into its commands, without running anything. Only plain commands and the operators between them
// are understood: what a shell computes, such as `$(…)` or `if`, is refused.
import { parse } from "shell-quote";

/** One command of a script. */
export interface ShellCommand {
  /** Its words. One may hold variables and patterns, which {@link quoted} writes as the shell reads them. */
  words: string[];
  /** The operator after it: `&&`, `||`, `;`, `|`, `&`, or empty after the last one. */
  then: string;
  /** Its redirections, as written: `> log`. */
  redirections: string[];
}

/** A script that is not plain. Its message says why, as part of a sentence. */
export class NotPlain extends Error {}

// Characters for private use, which no script has: shell-quote gives variables and patterns as plain text otherwise.
const VARIABLE_BEGINS = "\uE000";
const VARIABLE_ENDS = "\uE001";
const PATTERN = "\uE002";

const JOINING = ["&&", "||", ";", "|", "&", "|&"];
const KEYWORDS = [
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "for",
  "while",
  "until",
  "do",
  "done",
  "case",
  "esac",
  "function",
];

/** @throws NotPlain. */
export function shellCommands(script: string): ShellCommand[] {
  const lines = script.replaceAll("\r", "").replaceAll(/\\\n/g, " ").split("\n");
  const commands: ShellCommand[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (last?.then === "") last.then = ";";
    commands.push(...commandsOfLine(line));
  }
  const last = commands.at(-1);
  if (last?.then === ";") last.then = "";
  return commands;
}

/** True if the word has a variable or a pattern, so its value is not known. */
export function isComputed(word: string): boolean {
  return word.includes(VARIABLE_BEGINS) || word.startsWith(PATTERN);
}

/** The words as a shell reads them. */
export function quoted(words: readonly string[]): string {
  return words.map(quotedWord).join(" ");
}

function quotedWord(word: string): string {
  if (word.startsWith(PATTERN)) return word.slice(1);
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const [, assigned, value] = /^([A-Za-z_]\w*=)(.+)$/s.exec(word) ?? [];
  if (assigned !== undefined && value !== undefined) return `${assigned}${quotedWord(value)}`;
  if (!word.includes(VARIABLE_BEGINS)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replaceAll(/["\\`$]/g, "\\$&");
  return `"${escaped.replaceAll(VARIABLE_BEGINS, "${").replaceAll(VARIABLE_ENDS, "}")}"`;
}

function commandsOfLine(line: string): ShellCommand[] {
  const unquoted = line.replaceAll(/'[^']*'/g, "");
  if (/`|\$\(/.test(unquoted)) throw new NotPlain("has a command inside another one");
  if (unquoted.includes("<<")) throw new NotPlain("has text for a command inside of it");
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { words: [], then: "", redirections: [] };
  const finish = (then: string) => {
    if (current.words.length > 0) commands.push({ ...withoutKeyword(current), then });
    current = { words: [], then: "", redirections: [] };
  };
  const tokens = parse(line, (name) => `${VARIABLE_BEGINS}${name}${VARIABLE_ENDS}`);
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    if (typeof token === "string") current.words.push(token);
    else if ("comment" in token) break;
    else if (token.op === "glob") current.words.push(`${PATTERN}${token.pattern}`);
    else if (JOINING.includes(token.op)) finish(token.op === "|&" ? "|" : token.op);
    else if (/^[<>]/.test(token.op)) current.redirections.push(redirection(current, token.op, tokens[++at]));
    else throw new NotPlain(`has "${token.op}"`);
  }
  finish("");
  return commands;
}

/** The number before the operator is part of it: `2>&1`. */
function redirection({ words }: ShellCommand, operator: string, target: unknown): string {
  const number = /^\d$/.test(words.at(-1) ?? "") ? words.pop() : "";
  return `${number}${operator}${typeof target === "string" ? quotedWord(target) : ""}`;
}

function withoutKeyword(command: ShellCommand): ShellCommand {
  const [first = ""] = command.words;
  if (KEYWORDS.includes(first) || /^[{}!]$|\(\)$/.test(first)) throw new NotPlain(`has "${first}"`);
  return command;
}
