// What the gateway and a sandbox's process say to each other: one JSON object a line, over the process's stdin and
// stdout. Not Node's own channel for children: that reads without a limit, and carries handles as well as text.
import type { Encoded, ThrownError, Thrown } from "../../shared/messages/messages.ts";
import { isObject } from "../../shared/messages/shape.ts";

/** Gateway to sandbox. */
export type ToSandbox =
  /** Evaluate this; `tasks` are the names that can be called, `isWhole` says that nothing follows that could call them. One at a time. */
  | { type: "evaluate"; code: string; tasks: string[]; isWhole: boolean }
  /** The response to a call, as the runner wrote it; its `id` is the call's number. */
  | { type: "answer"; response: string };

/** Sandbox to gateway. */
export type FromSandbox =
  /** Everything is loaded. */
  | { type: "ready" }
  | { type: "call"; call: number; task: string; args: EncodedArguments }
  | { type: "print"; stream: OutputStream; text: string }
  /** After so many messages it has nothing to do until one of its calls is answered. */
  | { type: "waiting"; heard: number }
  /** `text` is how the task whose result it is wants it shown. */
  | { type: "returned"; result: Encoded; text?: string }
  /** The value holds what is not data; `text` shows it. */
  | { type: "unserializable"; reason: string; text: string }
  /** `call` is the number of the failed call whose error this is, where it is one. */
  | { type: "threw"; thrown: Thrown; call?: number; exitCode?: number }
  /** It has ended, and has named what it should have called; `reason` says what. */
  | { type: "uncalled"; reason: string }
  | { type: "unreadable"; reason: string };

/** Where something was printed. */
export type OutputStream = "stdout" | "stderr";

/** Arguments as they travel in a `call`. */
export interface EncodedArguments {
  args?: unknown[] | string;
  encoding?: "devalue";
}

/** Causes deeper than this are left out. */
const MAX_DEPTH = 8;

/**
 * Reads one line of a sandbox's process. Nothing in it is trusted: whoever leaves the sandbox can write any line.
 *
 * @throws TypeError or SyntaxError when it is not one of {@link FromSandbox}.
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
  if (!Array.isArray(args)) throw new TypeError('"args" is an array');
  return { args: args as unknown[] };
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
