// The sentences about a run that did not simply return: said by the gateway, the runner and the client alike.
import { formatDuration } from "./duration.ts";
import { RpcError, type TaskState } from "./errors.ts";

/** What {@link timedOut} and {@link cancelled} need to know of the run. */
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

/** How a run ended that was told to. */
export interface RunEnd {
  state: TaskState;
  /** What the task threw when it was stopped, where that says something. */
  text?: string;
  /** What is said of the task, where the state alone does not say it. */
  became?: string;
}

/** The deadline passed. */
export function timedOut({ run, task }: RunName, timeoutMs: number, { became, ...end }: RunEnd): RpcError {
  const sentence = `${gaveUp(task, timeoutMs)}${became ?? AFTER_SIGNAL[end.state]}`;
  return new RpcError("TIMEOUT", sentence, { run, ...end });
}

/** How every sentence about a deadline begins. */
export function gaveUp(task: string, timeoutMs: number): string {
  return `Gave up on "${task}" after ${formatDuration(timeoutMs)}: `;
}

/**
 * An agent knows of a deadline as much as was left of it when the call was sent: its TIMEOUT with the whole of it, as the
 * caller has set it. Any other error as it is.
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

/** A sentence about a deadline, whoever set it, with another end: what became of the task since. */
export function gaveUpWith(sentence: string, task: string, became: string): string {
  const start = `Gave up on "${task}" after `;
  if (!sentence.startsWith(start)) return sentence;
  return `${sentence.slice(0, sentence.indexOf(": ", start.length))}: ${became}`;
}

/** Somebody cancelled the run. */
export function cancelled({ run, task }: RunName, { became, ...end }: RunEnd): RpcError {
  const known = AFTER_SIGNAL[end.state].replace(/^cancelled, (and|but) /, "");
  return new RpcError("CANCELLED", `Cancelled "${task}": ${became ?? known}`, { run, ...end });
}

/** Why a task is to stop, as its signal tells it: with `timeoutMs` its deadline passed. What becomes of it is its own affair. */
export function toldToStop({ run, task }: RunName, timeoutMs?: number): RpcError {
  const end = { run, state: "running" } as const;
  if (timeoutMs === undefined) return new RpcError("CANCELLED", `Cancelled "${task}"`, end);
  return new RpcError("TIMEOUT", `Gave up on "${task}" after ${formatDuration(timeoutMs)}`, end);
}

/** The connection ended before the answer came; `cause` is why, where that is known. */
export function connectionLost(
  agent: string,
  { run, task }: RunName,
  end: { state: "not-started" | "unknown"; cause?: Error },
): RpcError {
  const when = end.state === "unknown" ? `while "${task}" was running` : `before "${task}" was sent`;
  return new RpcError("CONNECTION_LOST", `Lost ${agent} ${when}: ${AFTER_SIGNAL[end.state]}`, { run, ...end });
}
