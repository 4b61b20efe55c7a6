// The messages of the console: an interactive session that evaluates JavaScript in the live app. The vocabulary is
// nREPL's: output, the end of an evaluation and its value are separate messages, and an interrupt names what it
// interrupts.
import type { RpcCode } from "../errors.ts";
import type { Expiry } from "./run-messages.ts";

/** How values are shown: the terminal's width in columns, and whether it shows colours. */
export interface ConsoleDisplay {
  columns?: number;
  colors?: boolean;
}

/** Parameters of `console.open`. */
export interface ConsoleOpenParams extends ConsoleDisplay {
  /** The person who opens it, shown to users who look at a blocked app: `ada@laptop, pid 4242`. */
  who: string;
  /** The console's id, 1 to 64 of `A-Z a-z 0-9 _ -`, unique on the connection. Default: chosen by the agent. */
  console?: string;
  /** Whether to return the app's start file. Default: false. */
  startFile?: boolean;
}

/**
 * The file that the app wants each console to evaluate first, by its name in the app's folder, or the reason why that
 * is not possible.
 */
export type StartFile = { file: string; source: string } | { file: string; problem: string };

/** Result of `console.open`. */
export interface ConsoleOpenResult {
  /** The console's id: every other request names it. */
  console: string;
  app: string;
  version: string;
  instance: string;
  host: string;
  pid: number;
  uptimeMs: number;
  /** Whether NODE_ENV is `production` in the app. */
  production: boolean;
  role: "admin";
  /** What is in scope besides the app's globals: `context`, `require`, `_`, `_error`, and the task namespaces. */
  names: string[];
  /**
   * Names that are not in scope because the app has globals of the same name, or because the tasks cannot be loaded.
   */
  missing: string[];
  /**
   * The app's start file, if it was asked for and exists. The client evaluates it with `console.evaluate`; the agent
   * does not.
   */
  startFile?: StartFile;
}

/** Parameters of `console.evaluate`. */
export interface ConsoleEvaluateParams extends ConsoleDisplay {
  console: string;
  source: string;
  /** How long its synchronous parts may stop the app, in milliseconds; default 5000. An `await` does not count. */
  timeoutMs?: number;
  /** The code does not begin after this moment, at which its caller gives up. Default: it begins at any time. */
  expiry?: Expiry;
  /**
   * For a program as reader: a string without quotes, more of large values, and the outcome of a promise instead of the
   * promise.
   */
  bare?: boolean;
}

/** Result of `console.evaluate`. All output has been sent before it. */
export interface ConsoleEvaluateResult {
  outcome: "returned" | "threw" | "interrupted" | "timed-out";
  /** The text of the value or of what was thrown; or what happened to an evaluation that was stopped. */
  text: string;
  /**
   * If the evaluation `threw` because a call failed: the code of that failure. An evaluation that only names a task
   * fails so, too.
   */
  code?: RpcCode;
  /** True when the value is `undefined`, which is not shown to a program. */
  isUndefined?: boolean;
  /** True when `console.more` shows more of it. */
  more?: boolean;
}

/** Parameters of `console.more`. */
export interface ConsoleMoreParams extends ConsoleDisplay {
  console: string;
}

/** Result of `console.more`: the last value again, with less left out each time. */
export interface ConsoleMoreResult {
  text: string;
  more: boolean;
}

/** Parameters of `console.complete`. */
export interface ConsoleCompleteParams {
  console: string;
  /** The line up to the cursor. */
  line: string;
}

/** Result of `console.complete`: possible completions of `fragment`, the end of the line. */
export interface ConsoleCompleteResult {
  fragment: string;
  completions: string[];
}

/** Parameters of `console.interrupt`. */
export interface ConsoleInterruptParams {
  console: string;
}

/** Result of `console.interrupt`. The response to the interrupted evaluation has been sent before it. */
export interface ConsoleInterruptResult {
  state: "interrupted" | "idle";
}

/** Parameters of `console.close`. */
export interface ConsoleCloseParams {
  console: string;
}

/** Result of `console.close`: the ids of the runs that continue without the console. */
export interface ConsoleCloseResult {
  runs: string[];
}

/**
 * Parameters of the notification `console.output`: printed text, even after the end of the evaluation that printed it.
 */
export interface ConsoleOutput {
  console: string;
  /** Counts a console's notifications from 1. */
  seq: number;
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** How long an evaluation may stop the app if its console does not say. */
export const EVALUATION_LIMIT_MS = 5000;
