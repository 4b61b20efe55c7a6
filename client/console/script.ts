// A console without a terminal: evaluates a pipe's statements, a file or one expression. Only results go to stdout, and
// the exit code says how it ended. It stops at the first evaluation that does not return.
import { createInterface } from "node:readline";
import type { ConsoleEvaluateResult } from "../../shared/messages/console-messages.ts";
import { formatDuration, MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { Deadline } from "../wire/deadline.ts";
import { UsageError } from "../terminal/failure.ts";
import type { Sink } from "../terminal/streams.ts";
import { CUT_LINE, isCutLine } from "./cut-line.ts";
import type { ConsoleBackend } from "./console-backend.ts";
import { isComplete } from "./is-complete.ts";
import type { ScriptDisplay } from "./script-display.ts";

/** What makes a script's run. */
export interface ScriptOptions {
  /** Complete sources, one evaluation each. */
  sources: Iterable<string> | AsyncIterable<string>;
  display: ScriptDisplay;
  /** When the next evaluation must have ended, if the user gave a limit. */
  deadlineOf: () => Deadline;
}

/** Gives the agent's own limit precedence when the evaluation stops the app. */
const INTERRUPT_MS = 50;

/** How long after the deadline the command still waits for an interrupted evaluation. */
const LEAVE_MS = 180;

/** Evaluates one source after the other; resolves to the exit code. */
export async function runScript(backend: ConsoleBackend, options: ScriptOptions, stdout: Sink): Promise<number> {
  let isOver = false;
  const interrupt = () => {
    // The answer to the evaluation says how it ended; after that this answer is not needed.
    backend.interrupt().catch((error: unknown) => (isOver ? undefined : options.display.say(messageOf(error))));
  };
  process.on("SIGINT", interrupt);
  try {
    for await (const source of options.sources) {
      const result = await evaluateInTime(backend, source, options.deadlineOf());
      const exitCode = options.display.ended(result);
      await stdout.drained?.();
      if (exitCode !== undefined) return exitCode;
    }
    return 0;
  } finally {
    isOver = true;
    process.off("SIGINT", interrupt);
  }
}

/**
 * The statements of a stream, each as soon as it is complete; an incomplete rest at the end counts as one.
 *
 * @throws UsageError when a terminal has cut a line.
 */
export async function* statementsOf(input: NodeJS.ReadableStream & { isTTY?: boolean }): AsyncGenerator<string> {
  let source = "";
  for await (const line of createInterface({ input, terminal: false })) {
    if (input.isTTY && isCutLine(line)) throw new UsageError(CUT_LINE);
    if (source === "" && line.trim() === ".exit") return;
    source += `${line}\n`;
    if (source.trim() === "" || !isComplete(source)) continue;
    yield source;
    source = "";
  }
  if (source.trim() !== "") yield source;
}

/**
 * The agent limits how long the app stands still. This limit ends a script that awaits for ever.
 *
 * @throws RpcError TIMEOUT when the evaluation cannot be interrupted, or there is no answer.
 */
async function evaluateInTime(
  backend: ConsoleBackend,
  source: string,
  deadline: Deadline,
): Promise<ConsoleEvaluateResult> {
  const { timeoutMs, leftMs } = deadline;
  if (timeoutMs === undefined || leftMs === undefined) return backend.evaluate(source, { bare: true });
  let isLate = false;
  const giveUp = () => {
    isLate = true;
    void backend.interrupt().catch(() => {}); // the evaluation then continues, and the error says so
  };
  const timers = [setTimeout(giveUp, Math.min(leftMs + INTERRUPT_MS, MAX_DURATION_MS))];
  const leave = new Promise<never>((_resolve, reject) => {
    timers.push(setTimeout(() => reject(goesOn(timeoutMs)), Math.min(leftMs + LEAVE_MS, MAX_DURATION_MS)));
  });
  try {
    const result = await Promise.race([backend.evaluate(source, { bare: true, deadline }), leave]);
    if (!isLate || result.outcome !== "interrupted") return result;
    return { ...result, text: asGivenUp(result.text, formatDuration(timeoutMs)), outcome: "timed-out" };
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Rewords the agent's text about an interrupt by a person for an interrupt by the deadline. */
function asGivenUp(text: string, after: string): string {
  return text
    .replace(/^Interrupted/, `Gave up after ${after}`)
    .replace(/^Cancelled (".*?"): /, `Gave up on $1 after ${after}: cancelled, and `);
}

function goesOn(timeoutMs: number): RpcError {
  const sentence = `Gave up after ${formatDuration(timeoutMs)}: the evaluation did not stop, and may go on (remsh stack shows where it is)`;
  return new RpcError("TIMEOUT", sentence, { state: "unknown" });
}
