// The error sentences about expressions that produced no value.
import { formatDuration } from "../../../shared/duration.ts";
import { RpcError, type RpcCode, type RpcErrorDetails } from "../../../shared/errors.ts";

/** What remains of an expression that was stopped. */
export interface Remains {
  run: string;
  name: string;
  /** False when the expression never began. */
  started: boolean;
  /** The tasks that ignored their signal and still run. */
  running: string[];
}

/** The error when the caller's deadline has passed. */
export function deadlinePassed(remains: Remains, timeoutMs: number): RpcError {
  const sentence = `Gave up on "${remains.name}" after ${formatDuration(timeoutMs)}: ${became(remains, "cancelled, and the expression stopped")}`;
  return new RpcError("TIMEOUT", sentence, detailsOf(remains));
}

/** The error when the expression has worked for longer than it may. */
export function ownTimePassed(remains: Remains, limitMs: number): RpcError {
  const sentence = `Gave up on "${remains.name}" after ${formatDuration(limitMs)} of its own work: ${became(remains, "the expression was stopped")}`;
  return new RpcError("TIMEOUT", sentence, detailsOf(remains));
}

/** The error when the expression was cancelled. */
export function expressionCancelled(remains: Remains): RpcError {
  return new RpcError(
    "CANCELLED",
    `Cancelled "${remains.name}": ${became(remains, "the expression stopped")}`,
    detailsOf(remains),
  );
}

/** The error when the expression could not be evaluated. The reason completes the sentence. */
export function processLost(remains: Remains, [code, reason]: [RpcCode, string]): RpcError {
  return new RpcError(code, `Cannot evaluate "${remains.name}": ${reason}`, detailsOf(remains));
}

/** The error when the code is not JavaScript. */
export function notReadable(remains: Remains, reason: string): RpcError {
  return processLost({ ...remains, started: false }, ["BAD_ARGUMENTS", reason]);
}

/** The error when the expression has ended, and only named what it should have called. */
export function calledNothing({ run, name }: Remains, reason: string): RpcError {
  return new RpcError("BAD_ARGUMENTS", `Evaluated "${name}", but ${reason}`, { run, state: "stopped" });
}

/** The error when the expression's value is not data; `text` shows the value. */
export function valueNotSent({ run, name }: Remains, { reason, text }: { reason: string; text: string }): RpcError {
  const sentence = `"${name}" returned, but its value cannot be sent: ${reason}`;
  return new RpcError("NOT_SERIALIZABLE", sentence, { run, state: "stopped", text });
}

function became({ started, running }: Remains, stopped: string): string {
  if (!started) return "the expression did not start";
  if (running.length === 0) return stopped;
  const names = running.map((task) => `"${task}"`).join(", ");
  return `the expression stopped, but ${names} still ${running.length === 1 ? "runs" : "run"}`;
}

function detailsOf({ run, started, running }: Remains): RpcErrorDetails {
  if (!started) return { run, state: "not-started" };
  return { run, state: running.length > 0 ? "running" : "stopped" };
}
