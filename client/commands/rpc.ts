// `rpc`: calls a task or evaluates an expression over tasks, streams the output, prints the result, and lets Ctrl-C
// cancel the run.
import { RpcError, TaskError } from "../../shared/errors.ts";
import type { EvaluateParams } from "../../shared/messages/evaluate-messages.ts";
import { expressionName, isTaskName } from "../../shared/expression-name.ts";
import { messageOf } from "../../shared/message-of.ts";
import { connectionLost, timedOut, withDeadline } from "../../shared/outcomes.ts";
import type { CallParams, CallResult, TaskDescription } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { decodeResult, encodeArguments } from "../call-values.ts";
import { findAgent } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { expiryOf } from "../expiry.ts";
import { ask, request } from "../wire/request.ts";
import { callTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { reportFailure, UnsentResult, UsageError } from "../terminal/failure.ts";
import { onInterrupt, type Interruptible } from "../terminal/interrupt.ts";
import { EndedItself, inOwnProcess, type OwnProcess } from "../terminal/own-process.ts";
import { newRunId } from "../terminal/run-id.ts";
import { RunDisplay } from "../terminal/run-display.ts";
import type { Streams } from "../terminal/streams.ts";
import { isAlmostJson } from "./json-words.ts";
import { parseJsonArguments, type JsonArguments } from "./json-arguments.ts";
import { isHelpWanted, placeOptions, readTaskArguments } from "./task-arguments.ts";
import { tasks } from "./tasks.ts";

/** Options of `rpc`. */
export interface RpcOptions extends GlobalOptions {
  /** A task's name, or an expression over tasks. */
  task: string;
  /** The words after the task's name. */
  words: string[];
  /** All arguments as JSON, instead of words. */
  args?: JsonArguments | undefined;
  /** Default: REMSH_TIMEOUT, else the app's setting. Infinity: no deadline. */
  timeoutMs?: number | undefined;
  /** The task waits for this command's reader when it prints, and the app with it. */
  lossless?: boolean;
  /** Write what the task prints and returns to a terminal unchanged, control characters included. */
  raw?: boolean;
  /** The process that `eval` has started. Default: the running app. */
  process?: OwnProcess;
  /** Given if the command began earlier. Default: from now, by `timeoutMs`. */
  deadline?: Deadline;
}

/** Calls the task or evaluates the expression; resolves to the exit code. */
export async function rpc(given: RpcOptions, streams: Streams): Promise<number> {
  const options = { ...given, task: withoutBlanks(given.task) };
  if (options.task.trim() === "") throw new UsageError("Cannot run the command: the task's name is empty");
  const deadline = options.deadline ?? new Deadline(callTimeout(options, streams.env));
  const address = options.process?.address ?? (await findAgent(options, streams.env));
  const name = { run: newRunId(), task: expressionName(options.task) };
  const target = { ...name, address, endsWithUs: options.process !== undefined };
  const display = new RunDisplay(streams, options);
  const asked = isTaskName(options.task) ? await callOf(target, options, deadline) : evaluationOf(options);
  if (asked === "help") return tasks(options, streams).then(() => 0);
  const interrupts = onInterrupt(target, (sentence) => display.note(sentence));
  try {
    const { lossless } = options;
    await execute(target, { ...asked, ...defined({ lossless }) }, { display, signal: interrupts.left, deadline });
    return display.end(0);
  } catch (error) {
    if (interrupts.left.aborted) display.endTyped();
    else display.endProgress();
    const { process: own } = options;
    const failure = own ? await inOwnProcess(own, error, { ...name, deadline }) : error;
    const failed = { target, display, streams, json: options.json ?? false };
    return display.end(reportRunFailure(withHint(failure, options), failed));
  } finally {
    interrupts.stop();
  }
}

/** A here-document or a YAML block leaves a newline after a task's name. */
function withoutBlanks(task: string): string {
  return isTaskName(task.trim()) ? task.trim() : task;
}

interface Execution {
  display: RunDisplay;
  signal: AbortSignal;
  deadline: Deadline;
}

async function execute(
  target: Interruptible,
  asked: CallParams | EvaluateParams,
  { display, signal, deadline }: Execution,
): Promise<void> {
  if (deadline.hasPassed) throw timedOut(target, deadline.timeoutMs ?? 0, { state: "not-started" });
  const { leftMs } = deadline;
  try {
    // `evaluate` has the same result type as `call`.
    const result = await request(target.address, {
      method: "code" in asked ? "evaluate" : "call",
      params: { ...asked, run: target.run, ...expiryOf({ leftMs }) },
      onOutput: (output) => display.output(output),
      onProgress: (progress) => display.progress(progress),
      hold: () => display.drained(),
      lost: () => connectionLost(target.address.label, target, { state: "unknown" }),
      deadline,
      // The agent keeps the deadline, too, but it says nothing while it is itself suspended.
      late: () => timedOut(target, deadline.timeoutMs ?? 0, { state: "unknown" }),
      signal,
    });
    await show(target, result, display);
  } catch (error) {
    throw withDeadline(error, target, { sentMs: leftMs, timeoutMs: deadline.timeoutMs });
  }
}

/** The task has succeeded, whatever happens to its result. @throws UnsentResult when the result cannot be shown. */
async function show(target: Interruptible, result: CallResult, display: RunDisplay): Promise<void> {
  try {
    display.result(result, await decodeResult(result));
  } catch (error) {
    const reason = messageOf(error);
    const message = `"${target.task}" returned, but its result cannot be written: ${reason}`;
    throw new UnsentResult("LIMIT_EXCEEDED", message, { run: target.run, state: "stopped", cause: error });
  }
}

interface FailedRun {
  target: Interruptible;
  display: RunDisplay;
  streams: Streams;
  json: boolean;
}

function reportRunFailure(error: unknown, { target, display, streams, json }: FailedRun): number {
  if (error instanceof EndedItself && error.exitCode === 0) {
    display.ended(target.run, error.message);
    return 0;
  }
  // The task succeeded; its value could not be sent, but its text was.
  if (error instanceof RpcError && error.code === "NOT_SERIALIZABLE") {
    display.looks(target.run, error.text ?? "");
    return 0;
  }
  // An exit code that the task chose is reported with its message only; any other error with all details.
  if (error instanceof TaskError && error.exitCode === undefined && !json) {
    streams.stderr.write(`"${target.task}" threw ${error.report}\n`);
    return 1;
  }
  return reportFailure(isUnsent(error, target) ? unsent(error) : error, streams, json);
}

/**
 * LIMIT_EXCEEDED of an expression means that the expression was ended before it had finished, so it is no unsent
 * result.
 */
function isUnsent(error: unknown, { task }: Interruptible): error is RpcError {
  return error instanceof RpcError && error.code === "LIMIT_EXCEEDED" && error.state === "stopped" && isTaskName(task);
}

function unsent({ code, message, run, state }: RpcError): UnsentResult {
  return new UnsentResult(code, message, defined({ run, state }));
}

/** A shell removed quotes, or the quotes were of the wrong kind: a word that was meant as JSON became a string. */
function withHint(error: unknown, { task, words }: RpcOptions): unknown {
  const word = isTaskName(task) ? words.find(isAlmostJson) : undefined;
  if (word === undefined || !(error instanceof RpcError) || error.code !== "BAD_ARGUMENTS") return error;
  return new RpcError("BAD_ARGUMENTS", `${error.message} (${word} is not JSON, and was sent as a string)`);
}

/** The call that the words make, or `help` if they ask for help. */
async function callOf(
  target: Interruptible,
  { task, words, args: json }: RpcOptions,
  deadline: Deadline,
): Promise<CallParams | "help"> {
  if (json) return callOfJson(target, { task, words, json }, deadline);
  if (words.length === 0) return { task, args: [], complete: true };
  const described = (await describe(target, deadline)).find(({ name }) => name === task);
  if (isHelpWanted(words, described)) return "help";
  const args = readTaskArguments(task, words, described);
  return { task, complete: true, ...(await encodeArguments(task, args)) };
}

/** The call whose arguments are JSON. A list says which arguments there are, and that there are no others. */
async function callOfJson(
  target: Interruptible,
  { task, words, json }: { task: string; words: string[]; json: JsonArguments },
  deadline: Deadline,
): Promise<CallParams> {
  if (words.length > 0) throw new UsageError("Cannot run the command: --args excludes words after the task's name");
  const given = parseJsonArguments(task, json);
  if (Array.isArray(given)) return { task, args: given };
  const described = (await describe(target, deadline)).find(({ name }) => name === task);
  return { task, complete: true, ...(await encodeArguments(task, placeOptions(task, given, described))) };
}

/**
 * The tasks, which are needed to read the words. If they do not arrive, the call has not been sent, and the error says
 * so.
 */
async function describe(target: Interruptible, deadline: Deadline): Promise<readonly TaskDescription[]> {
  const question = { method: "describe", params: { retry: true } } as const;
  const limited = deadline.timeoutMs === undefined ? question : { ...question, deadline };
  try {
    return (await ask(target.address, limited)).tasks;
  } catch (error) {
    throw error instanceof RpcError ? undescribed(error, target, deadline) : error;
  }
}

function undescribed(error: RpcError, target: Interruptible, { timeoutMs, hasPassed }: Deadline): RpcError {
  if (timeoutMs !== undefined && hasPassed) {
    const became = `the task did not start (${error.message})`;
    return timedOut(target, timeoutMs, { state: "not-started", became });
  }
  if (error.code !== "CONNECTION_LOST") return error;
  return new RpcError("CONNECTION_LOST", `${error.message}: the task did not start`, {
    state: "not-started",
    cause: error,
  });
}

/** An expression contains its own arguments, so words and `--args` are refused. */
function evaluationOf({ task: code, words, args }: RpcOptions): EvaluateParams {
  if (args) throw new UsageError("Cannot run the command: an expression takes no --args");
  if (words.length === 0) return { code };
  const name = expressionName(code);
  throw new UsageError(`Cannot evaluate "${name}": words follow the expression (put all of it in one pair of quotes)`);
}
