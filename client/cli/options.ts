// Defines the options that several commands share, and reads them.
import { Option, type Command } from "commander";
import { parseDuration } from "../../shared/duration.ts";
import { messageOf } from "../../shared/message-of.ts";
import { expressionOption, fileOption, subjectOf } from "../commands/expression-option.ts";
import { jsonArgumentsOf } from "../commands/json-arguments.ts";
import { readTimeout } from "../terminal/call-timeout.ts";
import { UsageError } from "../terminal/failure.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";

/** Options of a call, as {@link withCallOptions} defines them. */
interface RunOptions {
  timeout?: number;
  eval?: string;
  file?: string;
  lossless?: boolean;
  raw?: boolean;
  args?: string;
  /** Of `eval` only. */
  hooks?: boolean;
}

/** A command's options. `timeoutMs` is its `--timeout`. */
type TimedOptions<Own> = Omit<GlobalOptions & Own & { timeout?: number }, "timeout"> & {
  timeoutMs: number | undefined;
};

/** A command that takes the options of every command after its name as well as before it. */
export function subcommand(program: Command, name: string, description: string): Command {
  return withTargetOptions(program.command(name).description(description));
}

/**
 * Adds the options of every command. Only the program's help shows them: in a command's help they would bury its own
 * options.
 */
export function withTargetOptions(command: Command): Command {
  const isSubcommand = command.parent !== null;
  const options = [
    new Option("--app <name>", "The app; default: REMSH_APP, else the name in package.json"),
    new Option("--instance <id>", "One instance among several; default: REMSH_INSTANCE"),
    new Option("--any", "Choose any instance if several run"),
    new Option("--socket <path>", "The agent's socket; default: REMSH_SOCKET"),
    new Option("--json", "Print one JSON document, or JSON lines while a task runs"),
  ];
  for (const option of options) command.addOption(option.hideHelp(isSubcommand));
  return command;
}

/**
 * A command's own options and those of every command. If an option stands both before and after the command's name, the
 * later one counts.
 */
export function optionsOf<Own extends object>(command: Command): GlobalOptions & Own {
  const above = command.parent === null ? {} : optionsOf(command.parent);
  return { ...above, ...command.opts<GlobalOptions & Own>() };
}

/** A command's own options, with its times under the names that the commands use. */
export function timedOptionsOf<Own extends object>(command: Command): TimedOptions<Own> {
  const { timeout, ...options } = optionsOf<Own & { timeout?: number }>(command);
  return { ...options, timeoutMs: timeout };
}

/** Adds the arguments of a task and the options of a call, which `rpc` and `eval` share. */
export function withCallOptions(command: Command): Command {
  return command
    .argument("[args...]", "Its arguments: JSON values or strings; --name value sets an option")
    .addOption(expressionOption())
    .addOption(fileOption())
    .addOption(callTimeoutOption())
    .addOption(losslessOption())
    .addOption(rawOption())
    .addOption(argumentsOption())
    .passThroughOptions();
}

/** What is called, and how: the words and the options of a command that has them by {@link withCallOptions}. */
export async function callOptionsOf(command: Command, task: string | undefined, words: string[]) {
  const { args, ...options } = timedOptionsOf<RunOptions>(command);
  const subject = await subjectOf({ ...options, task, words });
  return { ...options, ...subject, args: await jsonArgumentsOf(args) };
}

/** `--timeout` of the commands that only ask; they have a default limit. */
export function answerOption(): Option {
  return new Option("--timeout <duration>", "How long to wait for the answer: 300ms, 2s; default: 5s").argParser(
    duration("--timeout"),
  );
}

/** `--timeout` of a call, counted from the beginning of the command. */
function callTimeoutOption(): Option {
  const about = "Cancel the task after this long: 30s, 5m, none; default: REMSH_TIMEOUT";
  return new Option("--timeout <duration>", about).argParser((text) => readTimeout(text));
}

/** `--lossless`: all output of a run must arrive. */
export function losslessOption(): Option {
  return new Option("--lossless", "Make the task, and the app, wait for a slow reader of stdout");
}

/** `--args`: the arguments as one JSON text. */
function argumentsOption(): Option {
  return new Option("--args <json>", "The arguments as a JSON list, or an object of options; - reads them from stdin");
}

/** `--raw`: the output may hold control characters. */
export function rawOption(): Option {
  return new Option("--raw", "Pass control characters to the terminal instead of escaping them");
}

/** Parses the duration that an option has. It throws UsageError when the text is not a duration. */
export function duration(option: string): (text: string) => number {
  return (text) => {
    try {
      return parseDuration(text, option);
    } catch (error) {
      throw new UsageError(messageOf(error));
    }
  };
}
