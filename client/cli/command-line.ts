// The full command line: reads the words, runs one command, decides the exit code.
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addOwnCommands, addRunningAppCommands } from "./commands.ts";
import type { Ending } from "./ending.ts";
import { addGenerateCommands } from "./generate-commands.ts";
import { addAppCommands } from "../hooks/app-commands.ts";
import { addLifecycleCommands } from "./lifecycle-commands.ts";
import { optionsOf, withTargetOptions } from "./options.ts";
import { runCommand } from "../hooks/run-command.ts";
import { EXIT_CODES } from "../terminal/exit-codes.ts";
import { reportFailure, UsageError } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";

/** Runs one command and resolves to its exit code. Never ends the process. */
export async function run(words: string[], streams: Streams): Promise<number> {
  // Until the command is known, `--json` anywhere asks for JSON. After that, a `--json` among a task's words is the
  // task's.
  const ending: Ending = { exitCode: 0, json: words.includes("--json") };
  const program = buildProgram(streams, ending);
  const name = program.name();
  try {
    const own = addAppCommands(program, words, streams.env);
    if (own) return await runCommand(own, streams);
    if (words.length === 0) throw new UsageError(program.helpInformation().trimEnd());
    await program.parseAsync(words, { from: "user" });
    return ending.exitCode;
  } catch (error) {
    // Help or the version was requested, and has been printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return reportFailure(
      error instanceof CommanderError ? usageError(error, name, words) : error,
      streams,
      ending.json,
    );
  }
}

function buildProgram(streams: Streams, ending: Ending): Command {
  const program = withTargetOptions(new Command(streams.env.REMSH_PROGRAM ?? "remsh"));
  program
    .description("Call tasks in a running Node.js app, inspect it, and stop it.")
    .version(packageJson.version, "--version", "Print the version of remsh")
    .helpOption("-h, --help", "Print this help")
    .helpCommand("help [command]", "Print the help of a command")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trimEnd() })
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: () => {}, // run reports it, once and in one form
    })
    .exitOverride()
    .hook("preAction", (_program, command) => {
      ending.json = optionsOf(command).json ?? false;
    })
    .addHelpText("after", `\nExit codes:\n${exitCodeLines()}`);
  addRunningAppCommands(program, streams, ending);
  addLifecycleCommands(program, streams, ending);
  addGenerateCommands(program, streams, ending);
  addOwnCommands(program, streams);
  return program;
}

/**
 * Turns commander's message into one sentence. Its errors carry a code, but only the message says what they are about.
 * A sentence in test/end-to-end/commands.test.ts pins each of these forms, so that a new version cannot change one
 * unnoticed.
 */
function usageError({ message, code }: CommanderError, program: string, words: readonly string[]): UsageError {
  if (code === "commander.help") {
    const unknown = words.includes("help") ? words[words.indexOf("help") + 1] : undefined;
    const what = unknown === undefined ? "none is named" : `unknown command "${unknown}"`;
    return new UsageError(`Cannot run the command: ${what} (--help lists them)`);
  }
  const reason = message
    .replace(/^error: /, "")
    .replaceAll("'", '"')
    .replace(/\n\(Did you mean (.*?)\?\)$/, ' (did you mean "$1"?)')
    .replace(/"one of ([^"]*)"/, "one of $1")
    .replace(/\. Expected (.*)\.$/, ": expected $1")
    .replace(/^unknown command "(\w+(?:\.\w+)+)"$/, `$& (did you mean "${program} rpc $1"?)`);
  return new UsageError(`Cannot run the command: ${reason}`);
}

/** `<task> [args...]`: what the list of commands shows after a command's name. */
function argumentsOf({ registeredArguments }: Command): string {
  return registeredArguments
    .map((argument) => {
      const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(" ");
}

function exitCodeLines(): string {
  return Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join("\n");
}
