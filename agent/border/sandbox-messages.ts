// Defines the messages between the gateway and a sandbox's process: one JSON object per line, over the process's stdin
// and stdout. Node's own channel for child processes is not used: it reads without a limit, and carries handles as well
// as text.
import type { Encoded, ThrownError, Thrown } from "../../shared/messages/messages.ts";
import { isArray, isObject } from "../../shared/messages/shape.ts";

/** Gateway to sandbox. */
export type ToSandbox =
  /**
   * Evaluates the code; one evaluation at a time. `tasks` are the names that can be called. `isWhole` says that no
   * later code can call them.
   */
  | { type: "evaluate"; code: string; tasks: string[]; isWhole: boolean }
  /** The response to a call, as the runner wrote it. Its `id` is the call's number. */
  | { type: "answer"; response: string };

/** Sandbox to gateway. */
export type FromSandbox =
  /** The process has loaded everything. */
  | { type: "ready" }
  | { type: "call"; call: number; task: string; args: EncodedArguments }
  | { type: "print"; stream: OutputStream; text: string }
  /** After `heard` messages the expression has nothing to do until one of its calls is answered. */
  | { type: "waiting"; heard: number }
  /** `text` is the result as its task formatted it. */
  | { type: "returned"; result: Encoded; text?: string }
  /** The value contains something that is not data; `text` shows the value. */
  | { type: "unserializable"; reason: string; text: string }
  /** `call` is the number of the failed call that this error came from, if any. */
  | { type: "threw"; thrown: Thrown; call?: number; exitCode?: number }
  /** The expression has ended, and only named what it should have called; `reason` says what. */
  | { type: "uncalled"; reason: string }
  | { type: "unreadable"; reason: string };

/** The stream that something was printed to. */
export type OutputStream = "stdout" | "stderr";

/** Arguments as they travel in a `call`. */
export interface EncodedArguments {
  args?: unknown[] | string;
  encoding?: "devalue";
}

/** Causes nested deeper than this are omitted. */
const MAX_DEPTH = 8;

/**
 * Reads one line from a sandbox's process. The line is not trusted: code that escapes the sandbox can write any line.
 *
 * @throws TypeError or SyntaxError when the line is not a {@link FromSandbox}.
 */
export function readSandboxMessage(line: string): FromSandbox {
  const message: unknown = JSON.parse(line);
  if (!isObject(message)) throw new TypeError("a message is an object");
  switch (message.type) {
    case "ready":
      return { type: "ready" };
    case "waiting":
      return { type: "waiting", heard: whole(message.heard) };
    case "call":
      return readCall(message);
    case "print":
      return readPrint(message);
    case "returned":
      return {
        type: "returned",
        result: readEncoded(fields(message.result)),
        ...(message.text !== undefined && { text: text(message.text) }),
      };
    case "unserializable":
      return { type: "unserializable", reason: text(message.reason), text: text(message.text) };
    case "threw":
      return { type: "threw", thrown: readThrown(message.thrown, MAX_DEPTH), ...readVerdict(message) };
    case "uncalled":
    case "unreadable":
      return { type: message.type, reason: text(message.reason) };
    default:
      throw new TypeError("a message has one of the known types");
  }
}

type Fields = Record<string, unknown>;

function readCall({ call, task, args }: Fields): FromSandbox {
  return { type: "call", call: whole(call), task: text(task), args: readArguments(fields(args)) };
}

function readPrint({ stream, text: printed }: Fields): FromSandbox {
  return { type: "print", stream: stream === "stderr" ? "stderr" : "stdout", text: text(printed) };
}

function readArguments({ args, encoding }: Fields): EncodedArguments {
  if (args === undefined) return {};
  if (encoding === "devalue") return { args: text(args), encoding };
  if (!isArray(args)) throw new TypeError('"args" is an array');
  return { args };
}

function readEncoded({ value, encoding }: Fields): Encoded {
  if (encoding === "devalue") return { value: text(value), encoding };
  return value === undefined ? {} : { value };
}

function readVerdict({ call, exitCode }: Fields): { call?: number; exitCode?: number } {
  const isExitCode = Number.isInteger(exitCode) && Number(exitCode) >= 1 && Number(exitCode) <= 255;
  return { ...(call !== undefined && { call: whole(call) }), ...(isExitCode && { exitCode: Number(exitCode) }) };
}

function readThrown(thrown: unknown, depth: number): Thrown {
  const { error, ...other } = fields(thrown);
  if (error !== undefined) return { error: readError(fields(error), depth) };
  return { text: text(other.text), ...readEncoded(other), ...(other.isUndefined === true && { isUndefined: true }) };
}

function readError({ name, message, stack, cause, properties }: Fields, depth: number): ThrownError {
  return {
    name: text(name),
    message: text(message),
    ...(stack !== undefined && { stack: text(stack) }),
    ...(cause !== undefined && depth > 0 && { cause: readThrown(cause, depth - 1) }),
    ...(isObject(properties) && { properties }),
  };
}

function fields(value: unknown): Fields {
  if (isObject(value)) return value;
  throw new TypeError("a part of a message is an object");
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError("a text is a string");
}

function whole(value: unknown): number {
  if (Number.isSafeInteger(value)) return Number(value);
  throw new TypeError("a number is a whole one");
}
