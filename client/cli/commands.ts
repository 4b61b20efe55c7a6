// Defines the commands: their options and their help. Each command is implemented in a separate file, which takes its
// options and streams; this file only wires them together.
import { Option, type Command } from "commander";
import { complete, completionScript } from "../commands/completion.ts";
import { sourceOption } from "../commands/expression-option.ts";
import { pid } from "../commands/pid.ts";
import { ping } from "../commands/ping.ts";
import type * as RemoteModule from "../commands/remote.ts";
import { rpc } from "../commands/rpc.ts";
import { cancel, runs } from "../commands/runs.ts";
import { stack } from "../commands/stack.ts";
import type { Streams } from "../terminal/streams.ts";
import { tasks } from "../commands/tasks.ts";
import { version } from "../commands/version.ts";
import type { Ending } from "./ending.ts";
import {
  answerOption,
  callOptionsOf,
  duration,
  losslessOption,
  optionsOf,
  rawOption,
  subcommand,
  timedOptionsOf,
  withCallOptions,
} from "./options.ts";

// A separate bundle beside this one: see build.mjs.
declare function require(bundle: "./remote.cjs"): typeof RemoteModule;

const ABOUT_EXPRESSIONS = `
An expression is JavaScript over the app's tasks and print(), with await; its last value is the result:
  rpc 'await Release.migrate(); await Release.seed({ count: 3 })'
vm2 evaluates it in a confined process beside the app: a seat belt for people you trust, not a wall against people you
do not.`;

/** The commands that ask the running app. */
export function addRunningAppCommands(program: Command, streams: Streams, ending: Ending): void {
  addPing(program, streams);
  addRpc(program, streams, ending);
  subcommand(program, "tasks", "List the tasks of the running app, or show how one is called")
    .argument("[task]", "One task's name, or a namespace: Release")
    .addOption(answerOption())
    .action(function (task: string | undefined) {
      return tasks({ ...timedOptionsOf(this), task }, streams);
    });
  addRunCommands(program, streams);
  addRemote(program, streams, ending);
  addStack(program, streams);
  subcommand(program, "pid", "Print the process id of the running app")
    .addOption(answerOption())
    .action(function () {
      return pid(timedOptionsOf(this), streams);
    });
}

/** The commands that do not ask an agent. */
export function addOwnCommands(program: Command, streams: Streams): void {
  const description = "Print the app's name and version on this disk, without asking the running app";
  subcommand(program, "version", description).action(function () {
    version(optionsOf(this), streams);
  });
  subcommand(program, "completion", "Print a completion script for your shell")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => completionScript(shell, program.name(), streams));
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .action((words: string[]) => complete(program, words, streams));
}

function addPing(program: Command, streams: Streams): void {
  subcommand(program, "ping", "Print pong if the running app answers")
    .option("--ready", "Also require that it is ready for traffic")
    .addOption(
      new Option("--wait [duration]", "Retry for this long: 30s, 5m; default: 60s")
        .preset("60s")
        .argParser(duration("--wait")),
    )
    .addOption(answerOption())
    .action(function () {
      const { wait, ...options } = timedOptionsOf<{ ready?: boolean; wait?: number }>(this);
      return ping({ ...options, waitMs: wait }, streams);
    });
}

function addRpc(program: Command, streams: Streams, ending: Ending): void {
  const command = subcommand(program, "rpc", "Call a task in the running app, or evaluate an expression over its tasks")
    .argument(
      "[task]",
      "The task's name: Release.migrate; anything else is an expression: 'Release.rollback({ step: 2 })'",
    )
    .addHelpText("after", ABOUT_EXPRESSIONS);
  withCallOptions(command).action(async function (task: string | undefined, words: string[]) {
    ending.exitCode = await rpc(await callOptionsOf(this, task, words), streams);
  });
}

function addRemote(program: Command, streams: Streams, ending: Ending): void {
  subcommand(program, "remote", "Open a console in the running app")
    .option("--safe", "Evaluate expressions over the tasks, in a process beside the app")
    .addOption(sourceOption())
    .option("--file <path>", "Evaluate a file, or stdin with -, and print the last result")
    .option(
      "--timeout <duration>",
      "How long an evaluation may block the app: 30s, 5m; default: 5s",
      duration("--timeout"),
    )
    .addOption(rawOption())
    .addOption(losslessOption().hideHelp()) // accepted only to be refused by its name
    .option("--no-start-file", "Do not evaluate the app's rel/console.js first")
    .argument("[source]", "- evaluates statements from stdin, even on a terminal")
    .action(async function (stdin: string | undefined) {
      const { timeout, ...options } = optionsOf<Omit<RemoteModule.RemoteOptions, "timeoutMs"> & { timeout?: number }>(
        this,
      );
      const { remote } = require("./remote.cjs");
      ending.exitCode = await remote({ ...options, stdin, timeoutMs: timeout }, streams);
    });
}

function addStack(program: Command, streams: Streams): void {
  subcommand(program, "stack", "Show where the running app's main thread is, even when it is stuck")
    .option("--watch", "Refresh every second, until Ctrl-C")
    .addOption(answerOption())
    .action(function () {
      return stack(timedOptionsOf<{ watch?: boolean }>(this), streams);
    });
}

function addRunCommands(program: Command, streams: Streams): void {
  subcommand(program, "runs", "List what is in flight in the running app")
    .addOption(answerOption())
    .action(function () {
      return runs(timedOptionsOf(this), streams);
    });
  subcommand(program, "cancel", "Cancel a run in the running app, and wait until its task has stopped")
    .argument("<run>", "The run's id, as runs shows it")
    .option("--wait <duration>", "How long to wait for the task to stop: 30s; default: 5s", duration("--wait"))
    .addOption(answerOption())
    .action(function (run: string) {
      const { wait, ...options } = timedOptionsOf<{ wait?: number }>(this);
      return cancel({ ...options, run, waitMs: wait }, streams);
    });
}
