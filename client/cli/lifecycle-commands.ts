// Defines the commands that start and stop the app, with their options.
import { Option, type Command } from "commander";
import { UsageError } from "../terminal/failure.ts";
import type { Ending } from "./ending.ts";
import {
  answerOption,
  callOptionsOf,
  duration,
  optionsOf,
  rawOption,
  subcommand,
  timedOptionsOf,
  withCallOptions,
} from "./options.ts";
import { status } from "../commands/status.ts";
import type { Streams } from "../terminal/streams.ts";
import { daemon } from "../commands/daemon.ts";
import { describeApp, describedHooks } from "../commands/describe-app.ts";
import { drain, ready } from "../commands/drain.ts";
import { evaluate } from "../commands/eval.ts";
import { logs } from "../commands/logs.ts";
import { reload } from "../commands/reload.ts";
import { restart } from "../commands/restart.ts";
import { start } from "../commands/start.ts";
import { stop } from "../commands/stop.ts";

/** Adds these commands to the program. */
export function addLifecycleCommands(program: Command, streams: Streams, ending: Ending): void {
  subcommand(program, "start", "Start the app in the foreground, with its hooks")
    .argument("[words...]", "The app's own arguments, after --")
    .addOption(noHooks())
    .addOption(adoptOption())
    .action(async function (words: string[]) {
      ending.exitCode = await start({ ...optionsOf<StartWords>(this), words }, streams);
    });
  subcommand(program, "daemon", "Start the app in the background, and wait until it is ready")
    .argument("[words...]", "The app's own arguments, after --")
    .option("--wait <duration>", "How long to wait until it is ready: 30s; default: 5m", duration("--wait"))
    .option("--check", "Only check that it could be started")
    .addOption(noHooks())
    .addOption(adoptOption())
    .action(async function (words: string[]) {
      const { wait, ...options } = optionsOf<StartWords & { check?: boolean; wait?: number }>(this);
      ending.exitCode = await daemon({ ...options, words, waitMs: wait }, streams);
    });
  subcommand(program, "describe", "Show the app on this disk and its hooks, without asking the running app").action(
    function () {
      describeApp(optionsOf(this), streams);
    },
  );
  subcommand(program, "status", "Show the state of the running app")
    .option("--hooks", "Also show its start and stop hooks")
    .addOption(answerOption())
    .action(async function () {
      const { hooks, ...options } = timedOptionsOf<{ hooks?: boolean }>(this);
      await status({ ...options, more: hooks ? describedHooks(options, streams) : undefined }, streams);
    });
  subcommand(program, "reload", "Reload the running app's tasks and configuration without a restart")
    .addOption(answerOption())
    .action(function () {
      return reload(timedOptionsOf(this), streams);
    });
  addEval(program, streams, ending);
  addReadiness(program, streams);
  addStopping(program, streams, ending);
  subcommand(program, "logs", "Print the end of a daemon's log")
    .option("-f, --follow", "Keep printing what is added to it")
    .option("-n, --lines <number>", "How many lines; default: 100", lines)
    .addOption(rawOption())
    .action(function () {
      return logs(optionsOf(this), streams);
    });
}

function addEval(program: Command, streams: Streams, ending: Ending): void {
  const command = subcommand(program, "eval", "Call a task in a new process, without starting the app").argument(
    "[task]",
    "The task's name: Release.migrate; anything else is an expression, as in rpc",
  );
  withCallOptions(command)
    .addOption(new Option("--no-hooks", "Skip the pre_configure hooks in rel/hooks"))
    .action(async function (task: string | undefined, words: string[]) {
      ending.exitCode = await evaluate(await callOptionsOf(this, task, words), streams);
    });
}

function addReadiness(program: Command, streams: Streams): void {
  subcommand(program, "drain", "Make the running app report that it is not ready, so that it gets no traffic")
    .option("--for <duration>", "At most this long: 30s, 5m; default: until ready", duration("--for"))
    .action(function () {
      const { for: forMs, ...options } = optionsOf<{ for?: number }>(this);
      return drain({ ...options, forMs }, streams);
    });
  subcommand(program, "ready", "End a drain, or let an app whose start was killed become ready").action(function () {
    return ready(optionsOf(this), streams);
  });
}

function addStopping(program: Command, streams: Streams, ending: Ending): void {
  subcommand(program, "stop", "Stop the running app, with its hooks, and wait until it is gone")
    .option("--timeout <duration>", "Kill it if it has not ended after this: 30s", duration("--timeout"))
    .addOption(noHooks())
    .action(async function () {
      const { timeout, ...options } = optionsOf<{ timeout?: number; hooks?: boolean }>(this);
      ending.exitCode = await stop({ ...options, timeoutMs: timeout }, streams);
    });
  subcommand(program, "restart", "Stop the running app, start it in the background, and wait until it is ready")
    .argument("[words...]", "The app's own arguments, after --; default: those of the running app")
    .option("--update-env", "Take the environment of this command, and not that of the running app's start")
    .option("--if-changed", "Only if another version runs than is on this disk")
    .option("--timeout <duration>", "Kill it if it has not ended after this: 30s", duration("--timeout"))
    .option("--wait <duration>", "How long to wait until the new one is ready: 30s; default: 5m", duration("--wait"))
    .addOption(noHooks())
    .action(async function (words: string[]) {
      const { timeout, wait, ...options } = optionsOf<RestartWords>(this);
      ending.exitCode = await restart({ ...options, words, timeoutMs: timeout, waitMs: wait }, streams);
    });
}

interface RestartWords {
  timeout?: number;
  wait?: number;
  ifChanged?: boolean;
  updateEnv?: boolean;
  hooks?: boolean;
}

interface StartWords {
  hooks?: boolean;
  adopt?: boolean;
}

function adoptOption(): Option {
  return new Option("--adopt", "Take over an app whose start was killed; where there is none, start it");
}

/** `--no-hooks`: sets `hooks` to false; without it `hooks` is true. */
function noHooks(): Option {
  return new Option("--no-hooks", "Skip the hooks in rel/hooks");
}

function lines(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`Cannot print "${text}" lines: it must be a whole number above 0`);
}
