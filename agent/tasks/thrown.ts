// Reports what a task threw, whatever it was: an Error with its causes, a string, undefined, or an object that throws
// when it is read. Reporting never throws.
import { bounded } from "../../shared/bounded-value.ts";
import { failureCode } from "../../shared/failure-code.ts";
import type { Encoded, TaskErrorData, Thrown, ThrownError } from "../../shared/messages/messages.ts";
import { isPlain } from "../../shared/messages/values.ts";
import { inspectValue } from "./inspect-value.ts";
import { isSecretName, maskData, maskText } from "./secrets.ts";
import { isOwnFrame } from "./own-frames.ts";
import { isTaskFailure } from "./task.ts";
import { encodeThrown } from "./thrown-value.ts";

/** Causes and collected errors deeper than this, or beyond this total, are reported only by their text. */
const MAX_DEPTH = 8;
const MAX_ERRORS = 50;
/** The most characters of each text: a message, a stack, a property. */
const MAX_TEXT = 64 * 1024;
const MAX_PROPERTIES = 100;

const STANDARD = new Set(["name", "message", "stack", "cause", "errors"]);

/** Encodes a value that JSON cannot express, if that is possible. */
type Encode = (value: unknown) => Encoded | undefined;

/**
 * The error data for the run's caller. Without `encode`, a thrown value that JSON cannot express is reported by its
 * text.
 */
export function reportThrown(run: string, value: unknown, encode: Encode = () => undefined): TaskErrorData {
  const exitCode = chosenExitCode(value);
  return {
    run,
    thrown: describe(value, { depth: MAX_DEPTH, left: { errors: MAX_ERRORS }, encode }),
    ...(exitCode !== undefined && { exitCode }),
  };
}

/** The same with every thrown value, or a promise of it if devalue is needed. The promise never rejects. */
export function reportWhole(run: string, value: unknown): TaskErrorData | Promise<TaskErrorData> {
  let isRich = false;
  const report = reportThrown(run, value, () => {
    isRich = true;
    return undefined;
  });
  if (!isRich) return report;
  return import("devalue").then(
    (devalue) => reportThrown(run, value, (part) => encodeThrown(part, { devalue, maxChars: MAX_TEXT })),
    () => report, // devalue cannot be loaded, as without a free descriptor: the text shows what was thrown
  );
}

/** The value as text, within a bounded number of lines. */
export function look(value: unknown): string {
  try {
    const shown = bounded(value, { depth: 4, items: 100 });
    const options = { depth: shown.depth, maxArrayLength: 100, maxStringLength: 10_000 };
    return inspectValue(shown.value, options).slice(0, MAX_TEXT);
  } catch (error) {
    return `[a value that cannot be shown: ${text(read(error, "message"), "it throws")}]`;
  }
}

/** The reason for a failure, in the error's own words. */
export function reasonOf(error: unknown): string {
  const message: unknown = isError(error) ? read(error, "message") : undefined;
  return typeof message === "string" && message !== "" ? message.slice(0, MAX_TEXT) : look(error);
}

/** How much more may be reported. All parts of one report share `left`. */
interface Budget {
  depth: number;
  left: { errors: number };
  encode: Encode;
}

function chosenExitCode(value: unknown): number | undefined {
  try {
    return isTaskFailure(value) ? failureCode(value.exitCode) : undefined;
  } catch {
    return undefined; // a Proxy with a trap that throws is not a TaskFailure
  }
}

function describe(value: unknown, { depth, left, encode }: Budget): Thrown {
  const told = depth > 0 && left.errors-- > 0;
  if (isError(value))
    return told
      ? { error: describeError(value, { depth: depth - 1, left, encode }) }
      : { text: maskText(reasonOf(value)) };
  const text = maskText(look(value));
  if (value === undefined) return { text, isUndefined: true };
  return isSmallAndPlain(value) ? { text, value: maskData(value) } : { text, ...encode(value) };
}

function describeError(error: object, budget: Budget): ThrownError {
  const { name, message, stack, cause, errors } = readAll(error);
  const inner = Array.isArray(errors) ? errors.slice(0, Math.max(0, budget.left.errors)) : undefined;
  const frames = typeof stack === "string" ? cutStack(stack) : "";
  const properties = ownProperties(error);
  return {
    name: text(name, "Error"),
    message: maskText(text(message, "")),
    ...(frames !== "" && { stack: frames }),
    ...(cause !== undefined && { cause: describe(cause, budget) }),
    ...(inner && { errors: inner.map((item: unknown) => describe(item, budget)) }),
    ...(Object.keys(properties).length > 0 && { properties }),
  };
}

/** The task's frames: without the heading, our own frames and Node's frames below them. */
function cutStack(stack: string): string {
  const lines = stack.slice(0, MAX_TEXT).split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  if (first === -1) return "";
  const frames = lines.slice(first);
  const ours = frames.findIndex(isOwnFrame);
  const kept = ours === -1 ? frames : frames.slice(0, ours);
  while (/\(?node:/.test(kept.at(-1) ?? "")) kept.pop();
  return kept.join("\n");
}

function ownProperties(error: object): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of ownKeys(error).slice(0, MAX_PROPERTIES)) {
    const value: unknown = read(error, key);
    if (STANDARD.has(key) || value === undefined) continue;
    found[key] = isSmallAndPlain(value) ? maskData(value, key) : isSecretName(key) ? "[masked]" : maskText(look(value));
  }
  return found;
}

function ownKeys(error: object): string[] {
  try {
    return Object.keys(error);
  } catch {
    return []; // a Proxy that refuses: its readable parts are still reported
  }
}

function readAll(error: object): Record<"name" | "message" | "stack" | "cause" | "errors", unknown> {
  return {
    name: read(error, "name"),
    message: read(error, "message"),
    stack: read(error, "stack"),
    cause: read(error, "cause"),
    errors: read(error, "errors"),
  };
}

function read(value: unknown, key: string): unknown {
  try {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  } catch (error) {
    return `[throws when read: ${error instanceof Error ? error.message : typeof error}]`;
  }
}

function isError(value: unknown): value is object {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false; // a Proxy with a trap that throws
  }
}

/** True for data that JSON can express and that is small. False also for a value that throws when it is read. */
function isSmallAndPlain(value: unknown): boolean {
  try {
    return isPlain(value) && JSON.stringify(value).length <= MAX_TEXT;
  } catch {
    return false; // a getter that throws, or nesting deeper than the stack: the value is reported by its text
  }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT) : otherwise;
}
