// The sentences about a run that did not simply return. The gateway, the runner and the client all use them.
import { formatDuration } from "./duration.ts";
import { RpcError, type TaskState } from "./errors.ts";

/** What {@link timedOut} and {@link cancelled} need to know about the run. */
export interface RunName {
  run: string;
  task: string;
}

const AFTER_SIGNAL: Readonly<Record<TaskState, string>> = {
  "not-started": "the task did not start",
  running: "cancelled, but the task still runs",
  stopped: "cancelled, and the task stopped",
  unknown: "the task may or may not have finished",
};

/** How a stopped run ended. */
export interface RunEnd {
  state: TaskState;
  /** What the task threw when it was stopped, if that is informative. */
  text?: string;
  /** What to say about the task, if the state alone does not say it. */
  became?: string;
}

/** The deadline passed. */
export function timedOut({ run, task }: RunName, timeoutMs: number, { became, ...end }: RunEnd): RpcError {
  const sentence = `${gaveUp(task, timeoutMs)}${became ?? AFTER_SIGNAL[end.state]}`;
  return new RpcError("TIMEOUT", sentence, { run, ...end });
}

/** The beginning of every sentence about a deadline. */
export function gaveUp(task: string, timeoutMs: number): string {
  return `Gave up on "${task}" after ${formatDuration(timeoutMs)}: `;
}

/**
 * An agent knows only the time that was left when the call was sent. Rewords its TIMEOUT with the whole deadline that
 * the caller set; returns any other error unchanged.
 */
export function withDeadline(
  error: unknown,
  { task }: Pick<RunName, "task">,
  { sentMs = 0, timeoutMs = 0 }: { sentMs: number | undefined; timeoutMs: number | undefined },
): unknown {
  if (!(error instanceof RpcError) || error.code !== "TIMEOUT") return error;
  const { message, run, state, text } = error;
  const told = gaveUp(task, sentMs);
  if (!message.startsWith(told)) return error;
  const details = { ...(run !== undefined && { run }), ...(state && { state }), ...(text !== undefined && { text }) };
  return new RpcError("TIMEOUT", gaveUp(task, timeoutMs) + message.slice(told.length), details);
}

/** Replaces the end of a sentence about a deadline by what has happened to the task since. */
export function gaveUpWith(sentence: string, task: string, became: string): string {
  const start = `Gave up on "${task}" after `;
  if (!sentence.startsWith(start)) return sentence;
  return `${sentence.slice(0, sentence.indexOf(": ", start.length))}: ${became}`;
}

/** The caller or another client cancelled the run. */
export function cancelled({ run, task }: RunName, { became, ...end }: RunEnd): RpcError {
  const known = AFTER_SIGNAL[end.state].replace(/^cancelled, (and|but) /, "");
  return new RpcError("CANCELLED", `Cancelled "${task}": ${became ?? known}`, { run, ...end });
}

/** The reason of a task's signal. With `timeoutMs` its deadline has passed. How the task reacts is up to the task. */
export function toldToStop({ run, task }: RunName, timeoutMs?: number): RpcError {
  const end = { run, state: "running" } as const;
  if (timeoutMs === undefined) return new RpcError("CANCELLED", `Cancelled "${task}"`, end);
  return new RpcError("TIMEOUT", `Gave up on "${task}" after ${formatDuration(timeoutMs)}`, end);
}

/** The connection ended before the answer arrived; `cause` is the reason, if known. */
export function connectionLost(
  agent: string,
  { run, task }: RunName,
  end: { state: "not-started" | "unknown"; cause?: Error },
): RpcError {
  const when = end.state === "unknown" ? `while "${task}" was running` : `before "${task}" was sent`;
  return new RpcError("CONNECTION_LOST", `Lost ${agent} ${when}: ${AFTER_SIGNAL[end.state]}`, { run, ...end });
}
