// `-e`: the option of `rpc` and `eval` that says of a text that it is an expression, where otherwise its form tells; and that
// of `remote`.
import { Option } from "commander";
import { RpcError } from "../../shared/errors.ts";
import { isTaskName } from "../../shared/expression-name.ts";
import { UsageError } from "./failure.ts";
import type { RpcOptions } from "./rpc.ts";

/** What `rpc` and `eval` are given: a task and its words, or an expression. */
export type Subject = Pick<RpcOptions, "task" | "words">;

/** The option itself, named as that of `remote` is. */
export function expressionOption(): Option {
  return new Option("-e, --eval <source>", "Evaluate this expression over the tasks instead").argParser(onlyOne);
}

/** The same of `remote`: what is evaluated is the app's own language. */
export function sourceOption(): Option {
  return new Option("-e, --eval <source>", "Evaluate this instead, and print the result").argParser(onlyOne);
}

/**
 * The task, or the expression in its place.
 *
 * @throws UsageError when there is neither or both; RpcError BAD_ARGUMENTS when the expression only names a task and would not
 * call it.
 */
export function subjectOf(task: string | undefined, words: string[], expression: string | undefined): Subject {
  if (expression === undefined) {
    if (task === undefined) throw new UsageError('Cannot run the command: missing required argument "task"');
    return { task, words };
  }
  if (task !== undefined) {
    throw new UsageError(
      `Cannot run the command: "${task}" follows the expression of --eval (put all of it in one pair of quotes)`,
    );
  }
  const name = expression.trim();
  if (name === "") throw new UsageError("Cannot run the command: the expression of --eval is empty");
  if (!isTaskName(name)) return { task: expression, words };
  throw new RpcError(
    "BAD_ARGUMENTS",
    `Cannot evaluate "${name}": a name alone calls nothing (write "${name}()", or leave --eval out)`,
  );
}

function onlyOne(source: string, before: string | undefined): string {
  if (before === undefined) return source;
  throw new UsageError("Cannot run the command: --eval is given twice (put both into one expression)");
}
