// `-e`: for `rpc` and `eval` it says that a text is an expression (without it, the form of the text decides). `remote`
// has it, too.
import { Option } from "commander";
import { RpcError } from "../../shared/errors.ts";
import { isTaskName } from "../../shared/expression-name.ts";
import { UsageError } from "../terminal/failure.ts";
import { readSource, STDIN } from "./read-source.ts";
import type { RpcOptions } from "./rpc.ts";

/** What `rpc` and `eval` receive: a task and its words, or an expression. */
export type Subject = Pick<RpcOptions, "task" | "words">;

/** The option of `rpc` and `eval`, with the same name as the option of `remote`. */
export function expressionOption(): Option {
  return new Option("-e, --eval <source>", "Evaluate an expression over the tasks").argParser(onlyOne);
}

/** The option of `remote`, which takes JavaScript instead of an expression. */
export function sourceOption(): Option {
  return new Option("-e, --eval <source>", "Evaluate this, and print the result").argParser(onlyOne);
}

/** The option that names a file with the expression. */
export function fileOption(): Option {
  return new Option("--file <path>", "Evaluate the expression in a file, or from stdin with -");
}

/** The words and options that say what to call. */
export interface SubjectWords {
  task: string | undefined;
  words: string[];
  eval?: string | undefined;
  file?: string | undefined;
}

/**
 * The task, or the expression instead of one; if the task is `-`, the expression comes from stdin.
 *
 * @throws UsageError when neither or both are given, or when the file cannot be read; RpcError BAD_ARGUMENTS when the
 * expression only names a task and would not call it.
 */
export async function subjectOf({ task, words, eval: source, file }: SubjectWords): Promise<Subject> {
  if (source !== undefined && file !== undefined)
    throw new UsageError("Cannot run the command: --eval and --file exclude each other");
  if (source !== undefined) return expressionIn({ source: onlyExpression(source, task), from: "--eval" });
  if (file !== undefined) return expressionIn({ source: await readSource(onlyFile(file, task)), from: "--file" });
  if (task === undefined) throw new UsageError('Cannot run the command: missing required argument "task"');
  if (task !== STDIN) return { task, words };
  if (words.length > 0) throw new UsageError(`Cannot run the command: "${words[0]}" follows the expression of stdin`);
  return expressionIn({ source: await readSource(STDIN), from: "stdin" });
}

function onlyExpression(source: string, task: string | undefined): string {
  if (task === undefined) return source;
  throw new UsageError(
    `Cannot run the command: "${task}" follows the expression of --eval (put all of it in one pair of quotes)`,
  );
}

function onlyFile(file: string, task: string | undefined): string {
  if (task === undefined) return file;
  throw new UsageError(`Cannot run the command: "${task}" follows the expression of --file`);
}

function expressionIn({ source, from }: { source: string; from: string }): Subject {
  const name = source.trim();
  if (name === "") throw new UsageError(`Cannot run the command: the expression of ${from} is empty`);
  if (!isTaskName(name)) return { task: source, words: [] };
  throw new RpcError(
    "BAD_ARGUMENTS",
    `Cannot evaluate "${name}": a name alone calls nothing (write "${name}()", or leave ${from} out)`,
  );
}

function onlyOne(source: string, before: string | undefined): string {
  if (before === undefined) return source;
  throw new UsageError("Cannot run the command: --eval is given twice (put both into one expression)");
}
