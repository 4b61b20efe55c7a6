// The command line proper: which commands there are, what each takes, and what its help says. A command is one file that
// takes its options and streams; here they are only wired together.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../shared/duration.ts";
import type { Target } from "../discover.ts";
import { complete, completionScript } from "./completion.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { reportFailure, UsageError } from "./failure.ts";
import { pid, version } from "./identity.ts";
import { ping } from "./ping.ts";
import { rpc } from "./rpc.ts";
import { cancel, runs } from "./runs.ts";
import { stack } from "./stack.ts";
import { status } from "./status.ts";
import type { Streams } from "./streams.ts";
import { tasks } from "./tasks.ts";
import packageJson from "../../package.json" with { type: "json" };

/** The options that every command has. */
export interface GlobalOptions extends Target {
  json?: boolean;
}

/** Runs one command and resolves to its exit code. Nothing here ends the process. */
export async function run(words: string[], streams: Streams): Promise<number> {
  const end = { exitCode: 0 };
  const program = buildProgram(streams, end);
  try {
    if (words.length === 0) throw new UsageError(program.helpInformation().trimEnd());
    await program.parseAsync(words, { from: "user" });
    return end.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExitCode(error, streams, words.includes("--json"));
    return reportFailure(error, streams, words.includes("--json"));
  }
}

function buildProgram(streams: Streams, end: { exitCode: number }): Command {
  const program = withTargetOptions(new Command(streams.env.REMSH_PROGRAM ?? "remsh"));
  program
    .description("Ping a running Node.js app, call its tasks, and see what it does.")
    .version(packageJson.version, "--version", "Print the version of remsh")
    .helpOption("-h, --help", "Print this help")
    .helpCommand("help [command]", "Print the help of a command")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: () => {}, // told by usageExitCode, once and in one form
    })
    .exitOverride()
    .addHelpText("after", `\nExit codes:\n${exitCodeLines()}`);
  addRunningAppCommands(program, streams, end);
  addOwnCommands(program, streams);
  return program;
}

/** The commands that ask the running app. */
function addRunningAppCommands(program: Command, streams: Streams, end: { exitCode: number }): void {
  subcommand(program, "ping", "Print pong if the running app answers")
    .option("--ready", "Only if it is ready for traffic, too")
    .option("--wait <duration>", "Try again until it does, for so long: 30s, 5m", duration)
    .action((_options, command: Command) => {
      const { wait, ...options } = command.optsWithGlobals<GlobalOptions & { ready?: boolean; wait?: number }>();
      return ping({ ...options, waitMs: wait }, streams);
    });
  subcommand(program, "rpc", "Call a task in the running app")
    .argument("<task>", "The task's name: Release.migrate")
    .argument("[args...]", "Its arguments: JSON values, or else strings; --name value makes an object")
    .option("--timeout <duration>", "Give up after so long, and cancel the task: 30s, 5m", duration)
    .passThroughOptions()
    .action(async (task: string, words: string[], _options, command: Command) => {
      const { timeout, ...options } = command.optsWithGlobals<GlobalOptions & { timeout?: number }>();
      end.exitCode = await rpc({ ...options, task, words, timeoutMs: timeout }, streams);
    });
  subcommand(program, "tasks", "List the tasks of the running app, or show how one is called")
    .argument("[task]", "One task's name")
    .action((task: string | undefined, _options, command: Command) => tasks({ ...targetOf(command), task }, streams));
  subcommand(program, "status", "Show how the running app is").action((_options, command: Command) =>
    status(targetOf(command), streams),
  );
  subcommand(program, "stack", "Show where the running app's main thread is, even when it is stuck").action(
    (_options, command: Command) => stack(targetOf(command), streams),
  );
  addRunCommands(program, streams);
  subcommand(program, "pid", "Print the process id of the running app").action((_options, command: Command) =>
    pid(targetOf(command), streams),
  );
}

function addRunCommands(program: Command, streams: Streams): void {
  subcommand(program, "runs", "List the runs in flight in the running app").action((_options, command: Command) =>
    runs(targetOf(command), streams),
  );
  subcommand(program, "cancel", "Cancel a run in the running app, and wait for its task to stop")
    .argument("<run>", "The run's id, as runs shows it")
    .option("--wait <duration>", "Wait so long for the task to stop: 30s; default: 5s", duration)
    .action((run: string, _options, command: Command) => {
      const { wait, ...options } = command.optsWithGlobals<GlobalOptions & { wait?: number }>();
      return cancel({ ...options, run, waitMs: wait }, streams);
    });
}

/** The commands that ask nobody. */
function addOwnCommands(program: Command, streams: Streams): void {
  subcommand(
    program,
    "version",
    "Print the app's name and version on this disk, without asking the running app",
  ).action((_options, command: Command) => version(targetOf(command), streams));
  subcommand(program, "completion", "Print a completion script for your shell")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => completionScript(shell, program.name(), streams));
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .action((words: string[]) => complete(program, words, streams));
}

/** A command that takes the options of every command after its name as well as before it. */
function subcommand(program: Command, name: string, description: string): Command {
  return withTargetOptions(program.command(name).description(description));
}

/** Shown in the program's own help only: in a command's they would bury the command's own. */
function withTargetOptions(command: Command): Command {
  const isSubcommand = command.parent !== null;
  const options = [
    new Option("--app <name>", "The app; default: REMSH_APP, else the name in package.json"),
    new Option("--instance <id>", "One instance among several; default: REMSH_INSTANCE"),
    new Option("--any", "Take any instance where several run"),
    new Option("--socket <path>", "The agent's socket; default: REMSH_SOCKET"),
    new Option("--json", "Print one JSON document, or JSON lines while a task runs"),
  ];
  for (const option of options) command.addOption(option.hideHelp(isSubcommand));
  return command;
}

function targetOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function usageExitCode(error: CommanderError, streams: Streams, json: boolean): number {
  // Help and the version were asked for, and have been printed.
  if (error.exitCode === 0) return 0;
  const reason = error.message.replace(/^error: /, "");
  return reportFailure(new UsageError(`Cannot run the command: ${reason}`), streams, json);
}

function exitCodeLines(): string {
  return Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join("\n");
}
