// Describes what an expression threw, whatever it was, from inside the sandbox, where util.inspect does not exist.
import { parse, stringify } from "devalue";
import type { Encoded, Thrown, ThrownError } from "../../shared/messages/messages.ts";
import { encodeRich, isPlain } from "../../shared/messages/values.ts";

/** Causes nested deeper than this are omitted. */
const MAX_DEPTH = 8;
const MAX_TEXT = 10_000;
const MAX_VALUE = 64 * 1024;

const STANDARD = new Set(["name", "message", "stack", "cause", "errors"]);

/** The description for the caller. Describing never throws. */
export function describeThrown(value: unknown, depth = MAX_DEPTH): Thrown {
  try {
    if (value instanceof Error && depth > 0) return { error: describeError(value, depth) };
    if (value === undefined) return { text: "undefined", isUndefined: true };
    return { text: textOf(value), ...(isPlain(value) ? { value } : encode(value)) };
  } catch {
    return { text: "[a value that cannot be shown]" };
  }
}

/** The exit code that an error asks for. The receiver decides whether it is valid. */
export function exitCodeOf(error: unknown): number | undefined {
  try {
    const code: unknown = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
    return typeof code === "number" ? code : undefined;
  } catch {
    return undefined; // a getter that throws asks for no exit code
  }
}

/**
 * Adds what is in scope to the error for an undefined name: the code may have expected timers, modules or the app's
 * globals.
 */
export function withScope(thrown: Thrown, scope: string): Thrown {
  if (!("error" in thrown) || thrown.error.name !== "ReferenceError") return thrown;
  const { message } = thrown.error;
  if (!message.endsWith(" is not defined")) return thrown;
  return { error: { ...thrown.error, message: `${message} (in scope: ${scope})` } };
}

function encode(value: unknown): Encoded | undefined {
  try {
    const encoded = encodeRich(value, { parse, stringify });
    return encoded.value.length <= MAX_VALUE ? encoded : undefined;
  } catch {
    return undefined; // not data: its text describes it
  }
}

/** The text of a value that is not data. */
export function textOf(value: unknown): string {
  try {
    if (typeof value !== "object" || value === null) return String(value).slice(0, MAX_TEXT);
    // `undefined` when a `toJSON` returns that.
    const json: string | undefined = JSON.stringify(value, showFunction);
    return (json ?? "[an object]").slice(0, MAX_TEXT);
  } catch {
    return "[a value that cannot be shown]";
  }
}

function showFunction(_key: string, value: unknown): unknown {
  return typeof value === "function" ? `[function ${value.name}]` : value;
}

function describeError(error: Error, depth: number): ThrownError {
  const properties = Object.fromEntries(
    Object.entries(error).filter(([key, value]) => !STANDARD.has(key) && value !== undefined && isPlain(value)),
  );
  const stack = framesOf(error);
  return {
    name: String(error.name),
    message: String(error.message).slice(0, MAX_TEXT),
    ...(stack !== "" && { stack }),
    ...(error.cause !== undefined && { cause: describeThrown(error.cause, depth - 1) }),
    ...(Object.keys(properties).length > 0 && { properties }),
  };
}

/** The frames inside the expression. Columns are omitted, since the program differs from the typed code. */
function framesOf({ stack }: Error): string {
  if (typeof stack !== "string") return "";
  const lines = stack.slice(0, MAX_TEXT).split("\n");
  const frames = lines.flatMap((line) => /^\s+at (?:(\S.*?) \()?expression:(\d+):\d+\)?$/.exec(line)?.slice(1) ?? []);
  return frames.length === 0 ? "" : pairs(frames);
}

function pairs(frames: (string | undefined)[]): string {
  const lines: string[] = [];
  for (let index = 0; index < frames.length; index += 2) {
    const name = frames[index];
    lines.push(`    at ${name === undefined ? "" : `${name} `}(expression:${frames[index + 1]})`);
  }
  return lines.join("\n");
}
