// The shapes of the console's messages, by which they are checked.
import type {
  ConsoleCloseParams,
  ConsoleCloseResult,
  ConsoleCompleteParams,
  ConsoleCompleteResult,
  ConsoleDisplay,
  ConsoleEvaluateParams,
  ConsoleEvaluateResult,
  ConsoleInterruptParams,
  ConsoleInterruptResult,
  ConsoleMoreParams,
  ConsoleMoreResult,
  ConsoleOpenParams,
  ConsoleOpenResult,
  ConsoleOutput,
  StartFile,
} from "./console-messages.ts";
import { isRpcCode, type RpcCode } from "../errors.ts";
import { expiry, id, printed, time } from "./run-shapes.ts";
import {
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  orElse,
  text,
  type Members,
  type Omissible,
  type Shape,
} from "./shape.ts";

const displayMembers: Members<ConsoleDisplay> = { columns: optional(number), colors: optional(flag) };

/** The members of `console.open`. */
export const consoleOpenMembers: Members<ConsoleOpenParams> = {
  who: text,
  console: optional(id),
  startFile: optional(flag),
  ...displayMembers,
};

/** The members of `console.evaluate`. */
export const consoleEvaluateMembers: Members<ConsoleEvaluateParams> = {
  console: text,
  source: text,
  timeoutMs: optional(time),
  expiry: optional(expiry),
  bare: optional(flag),
  ...displayMembers,
};

const startSource = object<Extract<StartFile, { source: string }>>({ file: text, source: text });
const startProblem = object<Extract<StartFile, { problem: string }>>({ file: text, problem: text });
const startFile: Shape<StartFile> = (value) => startProblem(value) && startSource(value);

/** Parameters of `console.open`. */
export const openParams = object<ConsoleOpenParams>(consoleOpenMembers);

/** Result of `console.open`. */
export const openResult = object<ConsoleOpenResult>({
  console: text,
  app: text,
  version: text,
  instance: text,
  host: text,
  pid: number,
  uptimeMs: number,
  production: flag,
  role: oneOf("admin"),
  names: orElse(list(text), () => []),
  missing: orElse(list(text), () => []),
  startFile: optional(startFile),
});

/** Parameters of `console.evaluate`. */
export const evaluateParams = object<ConsoleEvaluateParams>(consoleEvaluateMembers);

/** The code of an error. A newer agent may know more codes: such a code is read as INTERNAL, like that of an error. */
const errorCode: Omissible<RpcCode> = {
  shape: (value) => text(value),
  known: (value) => (typeof value === "string" && isRpcCode(value) ? value : "INTERNAL"),
};

/** Result of `console.evaluate`. */
export const evaluateResult = object<ConsoleEvaluateResult>({
  outcome: oneOf("returned", "threw", "interrupted", "timed-out"),
  text,
  code: errorCode,
  isUndefined: optional(flag),
  more: optional(flag),
});

/** Parameters of `console.more`. */
export const moreParams = object<ConsoleMoreParams>({ console: text, ...displayMembers });

/** Result of `console.more`. */
export const moreResult = object<ConsoleMoreResult>({ text, more: orElse(flag, () => false) });

/** Parameters of `console.complete`. */
export const completeParams = object<ConsoleCompleteParams>({ console: text, line: text });

/** Result of `console.complete`. */
export const completeResult = object<ConsoleCompleteResult>({ fragment: text, completions: list(text) });

/** Parameters of `console.interrupt`. */
export const interruptParams = object<ConsoleInterruptParams>({ console: text });

/** Result of `console.interrupt`. */
export const interruptResult = object<ConsoleInterruptResult>({ state: oneOf("interrupted", "idle") });

/** Parameters of `console.close`. */
export const closeParams = object<ConsoleCloseParams>({ console: text });

/** Result of `console.close`. */
export const closeResult = object<ConsoleCloseResult>({ runs: orElse(list(text), () => []) });

/** The notification `console.output`. */
export const consoleOutput = object<ConsoleOutput>({ console: text, ...printed });
