// Every way in which a call can fail, in one closed list, and the two kinds of errors that callers see. PROTOCOL.md has
// the same list; a test checks that they are equal.

import { failureCode } from "./failure-code.ts";

/** Each code with its number in a JSON-RPC error object and what it means. */
export const RPC_CODES = {
  BAD_MESSAGE: [-32600, "the message is not JSON, not JSON-RPC 2.0, or breaks this protocol"],
  NOT_SUPPORTED: [-32601, "this agent does not know the method, or its process may not do what the method needs"],
  BAD_ARGUMENTS: [-32602, "the parameters, or the task's arguments, do not fit"],
  INTERNAL: [-32603, "a fault in remsh itself"],
  UNKNOWN_TASK: [-32001, "no task has that name"],
  UNKNOWN_RUN: [-32002, "no run in flight has that id"],
  TASKS_NOT_LOADED: [-32003, "the app's task module cannot be loaded"],
  RELOAD_FAILED: [-32012, "the app's own part of a reload threw, and the old tasks stay"],
  TIMEOUT: [-32004, "the deadline passed; `state` says what became of the task"],
  CANCELLED: [-32005, "the run was cancelled; `state` says what became of the task"],
  CONNECTION_LOST: [-32006, "the connection ended before the answer; `state` says whether the task may have run"],
  NOT_SERIALIZABLE: [-32007, "the task returned, but its value holds a function or a symbol; `text` shows it"],
  LIMIT_EXCEEDED: [-32008, "a message or a result is larger or deeper than the limit"],
  TOO_MANY: [-32009, "too many calls or connections at once"],
  CLOSING: [-32010, "the agent is closing and takes no new calls"],
  DENIED: [-32011, "the caller may not do this"],
  NOT_LISTENING: [-32020, "nothing listens at the socket's path"],
  STALE_SOCKET: [-32021, "the socket was left behind by a process that is gone"],
  STALLED: [-32022, "the app's event loop does not turn"],
  NOT_READY: [-32023, "the app runs but is not ready"],
  SEVERAL_INSTANCES: [-32024, "several instances run and none was named, or the name is taken"],
  UNKNOWN_APP: [-32025, "no app of that name runs here"],
  NOT_REMSH: [-32026, "something else than remsh listens at the socket"],
  VERSION_NOT_SHARED: [-32027, "client and agent share no version of the protocol"],
  APP_NOT_NAMED: [-32028, "it is not clear which app is meant"],
  OTHER_APP: [-32029, "the app that runs under this name is that of another folder"],
  REPLACED: [-32030, "remsh was replaced on the disk under the running app, which has to be restarted for this"],
} as const satisfies Record<string, readonly [number: number, meaning: string]>;

/** The code of an {@link RpcError}. */
export type RpcCode = keyof typeof RPC_CODES;

/** True for a code of the list. */
export function isRpcCode(name: string): name is RpcCode {
  return Object.hasOwn(RPC_CODES, name);
}

/** The state of a task whose call failed. `unknown` means that it may or may not have run, or may still run. */
export type TaskState = "not-started" | "running" | "stopped" | "unknown";

/** Codes of calls that are never sent, or are refused before their task: the task has not begun. */
const NEVER_STARTED: ReadonlySet<RpcCode> = new Set<RpcCode>([
  ...(["BAD_MESSAGE", "NOT_SUPPORTED", "BAD_ARGUMENTS", "UNKNOWN_TASK", "TASKS_NOT_LOADED", "TOO_MANY"] as const),
  ...(["CLOSING", "DENIED", "NOT_LISTENING", "STALE_SOCKET", "STALLED", "NOT_READY", "SEVERAL_INSTANCES"] as const),
  ...(["UNKNOWN_APP", "NOT_REMSH", "VERSION_NOT_SHARED", "APP_NOT_NAMED", "OTHER_APP"] as const),
]);

/** What an {@link RpcError} can carry besides its sentence. */
export interface RpcErrorDetails {
  /** The run's id, if there is one. */
  run?: string;
  state?: TaskState;
  /** The text of a value that cannot be sent (`NOT_SERIALIZABLE`), or what the task threw when it was stopped. */
  text?: string;
}

/** The call itself failed. Identify the failure by its `code`, never by its text. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: RpcCode;
  readonly run: string | undefined;
  /** The state of the task; `not-started` for a question that calls no task. */
  readonly state: TaskState;
  readonly text: string | undefined;

  constructor(code: RpcCode, message: string, details: RpcErrorDetails & { cause?: unknown } = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.run = details.run;
    this.state = details.state ?? (NEVER_STARTED.has(code) ? "not-started" : "unknown");
    this.text = details.text;
  }
}

/** The task ran and threw. `thrown` is what it threw, `code` that error's own code, `stack` the task's own frames. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly run: string;
  /** The thrown error's own `code`, such as `ENOENT` or PostgreSQL's `42P01`. */
  readonly code: string | number | undefined;
  /** The exit code that the task chose, else undefined. */
  readonly exitCode: number | undefined;
  /** The whole report as text: name, message, frames, own properties, causes. */
  readonly report: string;
  /** The thrown value; for an Error a copy with its own properties, its cause chain and its `errors`. */
  readonly thrown: unknown;

  constructor(
    message: string,
    details: { run: string; thrown: unknown; report: string; exitCode?: number | undefined },
  ) {
    super(message, { cause: details.thrown });
    this.run = details.run;
    this.thrown = details.thrown;
    const own = typeof details.thrown === "object" && details.thrown !== null ? details.thrown : {};
    this.code = "code" in own && isCode(own.code) ? own.code : undefined;
    this.exitCode = details.exitCode === undefined ? undefined : failureCode(details.exitCode);
    // The cause contains both, too: an error that is passed from instance to instance must not double each time.
    this.report = details.report;
    for (const key of ["report", "thrown"]) Object.defineProperty(this, key, { enumerable: false });
    const { thrown } = details;
    this.stack = `TaskError: ${thrown instanceof Error ? (thrown.stack ?? message) : message}`;
  }
}

function isCode(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
