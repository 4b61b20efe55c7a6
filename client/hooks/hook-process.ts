// Runs one hook as a separate process: prefixes its output lines with its name, limits its time, and ends its whole
// process group.
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { abortError } from "../../shared/abort-error.ts";
import { formatDuration } from "../../shared/duration.ts";
import { lineReader } from "../../shared/supervision.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { Sink } from "../terminal/streams.ts";
import { killWhenOrphaned } from "../../shared/kill-when-orphaned.ts";
import type { Hook } from "./hook-files.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";

/** What a hook is run with. */
export interface HookRun {
  /** The words of the hook's command. */
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  timeoutMs: number;
  output: Sink;
  /** Ends the hook, which then fails with the signal's reason, an Error. */
  signal: AbortSignal;
}

/** Runs the hook to its end. @throws CommandFailure with the hook's own exit code, 75 when its time was up. */
export async function runHook(hook: Hook, run: HookRun): Promise<void> {
  const [program = "", ...words] = run.command;
  // In a separate process group, so that all its children can be ended with it, and Ctrl-C reaches it only through this
  // process.
  const child = spawn(program, words, {
    env: run.env,
    cwd: run.cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const release = killWhenOrphaned(child.pid);
  for (const stream of [child.stdout, child.stderr]) prefixLines(stream, hook, run.output);
  const { code, signal } = await ended(child, hook, run).finally(release);
  if (code === 0) return;
  const how = signal === null ? `exit ${code}` : signal;
  throw new CommandFailure(`The hook "${hook.name}" failed: ${how}`, code ?? signalExitCode(signal));
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

function ended(child: ChildProcess, hook: Hook, { timeoutMs, signal }: HookRun): Promise<End> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: Error) => {
      reject(error);
      killGroup(child);
    };
    const timer = setTimeout(() => giveUp(timedOut(hook, timeoutMs)), timeoutMs);
    const abort = () => giveUp(abortError(signal));
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    child.once("error", (error) => {
      settle();
      reject(new CommandFailure(`Cannot run the hook "${hook.name}": ${error.message}`, 78));
    });
    // The hook's own exit counts; children that it leaves running may keep its output open.
    child.once("exit", (code, by) => {
      settle();
      drained(child, () => resolve({ code, signal: by }));
    });
  });
}

/** Waits for the output of an ended hook that is still in its pipes, but not for children that it left running. */
function drained(child: ChildProcess, then: () => void): void {
  const limit = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, 200);
  child.once("close", () => {
    clearTimeout(limit);
    then();
  });
}

function timedOut({ name }: Hook, timeoutMs: number): CommandFailure {
  return new CommandFailure(
    `The hook "${name}" failed: it did not end within ${formatDuration(timeoutMs)}, and was killed`,
    75,
  );
}

function prefixLines(stream: Readable, { name }: Hook, output: Sink): void {
  const print = (line: string) => output.write(`[${name}] ${line}\n`);
  let last = "";
  const read = lineReader(print);
  stream.setEncoding("utf8").on("data", (text: string) => {
    last = text;
    read(text);
  });
  stream.on("end", () => {
    if (last !== "" && !last.endsWith("\n")) read("\n");
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended at this very moment.
  }
}
