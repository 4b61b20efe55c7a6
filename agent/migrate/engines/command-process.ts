// Runs one command in a separate process group: streams its output line by line, and ends the whole group when the
// run is cancelled, when the lock is lost, and when this process dies.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { killWhenOrphaned } from "../../../shared/kill-when-orphaned.ts";
import { messageOf } from "../../../shared/message-of.ts";
import { signalExitCode } from "../../../shared/signal-exit-code.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";
import type { CommandEnd, CommandRun } from "../plan/command-engine.ts";

/** A command line for the shell, or a program with its words for no shell. */
export type CommandLine = string | readonly string[];

const GRACE_MS = 5000;
/** How long output is waited for that a process outside of the group may hold open. */
const DRAIN_MS = 1000;
/** A longer line is printed in pieces. */
const LONGEST_LINE = 65_536;
/** A shell's own codes. */
const SHELL_CODES: Readonly<Record<number, string>> = {
  126: " (the shell cannot execute it)",
  127: " (the shell does not find it: is it installed?)",
};
/** With fewer processes, fewer open files or more memory, another try may succeed. */
const LACKING = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

/** The command as people write it. */
export function lineOf(command: CommandLine): string {
  return typeof command === "string" ? command : command.join(" ");
}

/** Runs the command to its end. @throws TaskFailure: exit 78, or 75 when the system lacks something, if it cannot start. */
export async function runCommand(
  command: CommandLine,
  run: Omit<CommandRun, "databaseUrl"> & { readonly cwd: string },
): Promise<CommandEnd> {
  const line = lineOf(command);
  run.signal.throwIfAborted();
  const child = start(command, run);
  const release = killWhenOrphaned(child.pid);
  const streams = [child.stdout, child.stderr];
  const printing = { lines: 0 };
  const forwarding = Promise.all([
    forward(child.stdout, run.print, printing),
    forward(child.stderr, run.printErr, printing),
  ]);
  const stopListening = endOnSignals(child, run);
  try {
    const [code, signal] = await exitOf(child, line);
    killGroup(child, "SIGKILL"); // what it left running would work on without the lock
    await drained(forwarding, { streams, printing, signal: run.signal });
    const how = signal === null ? `exited with ${code}${SHELL_CODES[code ?? 0] ?? ""}` : `was ended by ${signal}`;
    return { line, exitCode: code ?? signalExitCode(signal), how };
  } finally {
    stopListening();
    release();
  }
}

type Child = ChildProcess & { stdout: Readable; stderr: Readable };

function start(command: CommandLine, { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> }): Child {
  if (!existsSync(cwd)) throw notStarted(lineOf(command), `the folder "${cwd}" does not exist`, 78);
  const [program = "", ...words] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return spawn(program, words, {
    cwd,
    env: { ...process.env, ...env },
    detached: true, // a process group of its own
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function exitOf(child: Child, line: string): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  try {
    return (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  } catch (cause) {
    throw notStarted(line, messageOf(cause), LACKING.includes(codeOf(cause) ?? "") ? 75 : 78);
  }
}

function notStarted(line: string, reason: string, exitCode: number): TaskFailure {
  return new TaskFailure(`Cannot run "${line}": ${reason}`, { exitCode, code: "COMMAND_NOT_STARTED" });
}

/** Returns a function that stops listening. */
function endOnSignals(child: Child, { signal, lost }: Pick<CommandRun, "signal" | "lost">): () => void {
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    killGroup(child, "SIGTERM");
    timer ??= setTimeout(kill, GRACE_MS);
  };
  const kill = (): void => killGroup(child, "SIGKILL");
  signal.addEventListener("abort", terminate);
  lost?.addEventListener("abort", kill);
  if (lost?.aborted) kill();
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", terminate);
    lost?.removeEventListener("abort", kill);
  };
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All its processes have ended.
  }
}

/** Prints the stream's lines. A line that waits for a slow reader makes the command wait, too, as in a shell. */
async function forward(stream: Readable, print: CommandRun["print"], printing: { lines: number }): Promise<void> {
  const write = async (line: string): Promise<void> => {
    printing.lines++;
    await print(line);
    printing.lines--;
  };
  let rest = "";
  try {
    for await (const text of stream.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) await write(line);
      for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) await write(rest.slice(0, LONGEST_LINE));
    }
  } catch {
    // Destroyed by `drained`: a process outside of the group holds it open.
  }
  if (rest !== "") await write(rest.replace(/\r$/, ""));
}

interface Draining {
  readonly streams: readonly Readable[];
  readonly printing: { readonly lines: number };
  readonly signal: AbortSignal;
}

/** Waits for the output that is still in the pipes: as long as a slow reader takes, unless the run is cancelled. */
async function drained(forwarding: Promise<unknown>, { streams, printing, signal }: Draining): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (printing.lines > 0 && !signal.aborted) return;
      for (const stream of streams) stream.destroy();
      resolve();
    }, DRAIN_MS);
  });
  await Promise.race([forwarding, limit]);
  clearInterval(timer);
}
