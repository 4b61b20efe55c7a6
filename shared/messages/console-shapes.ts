// What the messages of a console have to look like.
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
import { RPC_CODES, type RpcCode } from "../errors.ts";
import { id, printed, time } from "./run-shapes.ts";
import { flag, list, number, object, oneOf, optional, orElse, text, type Members, type Shape } from "./shape.ts";

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
  bare: optional(flag),
  ...displayMembers,
};

const startSource = object<Extract<StartFile, { source: string }>>({ file: text, source: text });
const startProblem = object<Extract<StartFile, { problem: string }>>({ file: text, problem: text });
const startFile: Shape<StartFile> = (value) => startProblem(value) && startSource(value);

export const openParams = object<ConsoleOpenParams>(consoleOpenMembers);

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

export const evaluateParams = object<ConsoleEvaluateParams>(consoleEvaluateMembers);

// A closed list: every code is a member of it.
const code: Shape<RpcCode> = (value) =>
  typeof value === "string" && Object.hasOwn(RPC_CODES, value) ? undefined : { at: "", must: "be a code of an error" };

export const evaluateResult = object<ConsoleEvaluateResult>({
  outcome: oneOf("returned", "threw", "interrupted", "timed-out"),
  text,
  code: optional(code),
  isUndefined: optional(flag),
  more: optional(flag),
});

export const moreParams = object<ConsoleMoreParams>({ console: text, ...displayMembers });

export const moreResult = object<ConsoleMoreResult>({ text, more: orElse(flag, () => false) });

export const completeParams = object<ConsoleCompleteParams>({ console: text, line: text });

export const completeResult = object<ConsoleCompleteResult>({ fragment: text, completions: list(text) });

export const interruptParams = object<ConsoleInterruptParams>({ console: text });

export const interruptResult = object<ConsoleInterruptResult>({ state: oneOf("interrupted", "idle") });

export const closeParams = object<ConsoleCloseParams>({ console: text });

export const closeResult = object<ConsoleCloseResult>({ runs: orElse(list(text), () => []) });

export const consoleOutput = object<ConsoleOutput>({ console: text, ...printed });
