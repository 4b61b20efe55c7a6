// The messages of the console: an interactive session that evaluates JavaScript in the live app. The vocabulary is nREPL's:
// what is printed, how an evaluation ended and its value are told apart, and an interrupt names what it interrupts.
import type { RpcCode } from "../errors.ts";

/** How the other end wants values shown: its terminal's width in columns, and whether it shows colours. */
export interface ConsoleDisplay {
  columns?: number;
  colors?: boolean;
}

/** Parameters of `console.open`. */
export interface ConsoleOpenParams extends ConsoleDisplay {
  /** Who opens it, for those who look at a blocked app: `ada@laptop, pid 4242`. */
  who: string;
  /** The console's id, 1 to 64 of `A-Z a-z 0-9 _ -`, unique on the connection. Default: chosen by the agent. */
  console?: string;
  /** Whether the app's start file is wanted. Default: false. */
  startFile?: boolean;
}

/** What the app has a console evaluate first, by its name in the app's folder, or why it cannot be. */
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
  /** Names that are not in scope, because the app has globals of the same name, or the tasks that cannot be loaded. */
  missing: string[];
  /** Where it was asked for and the app has one. The agent does not evaluate it: the client does, with `console.evaluate`. */
  startFile?: StartFile;
}

/** Parameters of `console.evaluate`. */
export interface ConsoleEvaluateParams extends ConsoleDisplay {
  console: string;
  source: string;
  /** How long its synchronous parts may stop the app, in milliseconds; default 5000. An `await` does not count. */
  timeoutMs?: number;
  /** For a program that reads: a string as it is, more of large values, and in the place of a promise what becomes of it. */
  bare?: boolean;
}

/** Result of `console.evaluate`. What was printed has come before it. */
export interface ConsoleEvaluateResult {
  outcome: "returned" | "threw" | "interrupted" | "timed-out";
  /** The value, or what was thrown, as it looks; or what became of an evaluation that was stopped. */
  text: string;
  /** Of an evaluation that `threw`: the code of the failed call that it is, as of one that names a task and calls none. */
  code?: RpcCode;
  /** True when the value is `undefined`, which a program that reads is not shown. */
  isUndefined?: boolean;
  /** True when `console.more` shows more of it. */
  more?: boolean;
}

/** Parameters of `console.more`. */
export interface ConsoleMoreParams extends ConsoleDisplay {
  console: string;
}

/** Result of `console.more`: the last value again, less abridged each time. */
export interface ConsoleMoreResult {
  text: string;
  more: boolean;
}

/** Parameters of `console.complete`. */
export interface ConsoleCompleteParams {
  console: string;
  /** The line as far as the cursor. */
  line: string;
}

/** Result of `console.complete`: what `fragment`, the end of the line, may become. */
export interface ConsoleCompleteResult {
  fragment: string;
  completions: string[];
}

/** Parameters of `console.interrupt`. */
export interface ConsoleInterruptParams {
  console: string;
}

/** Result of `console.interrupt`. The interrupted evaluation has had its own response before. */
export interface ConsoleInterruptResult {
  state: "interrupted" | "idle";
}

/** Parameters of `console.close`. */
export interface ConsoleCloseParams {
  console: string;
}

/** Result of `console.close`: the ids of the runs that it leaves behind. */
export interface ConsoleCloseResult {
  runs: string[];
}

/** Parameters of the notification `console.output`: what was printed, also after the evaluation that printed it has ended. */
export interface ConsoleOutput {
  console: string;
  /** Counts a console's notifications from 1. */
  seq: number;
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** How long an evaluation may stop the app where its console does not say. */
export const EVALUATION_LIMIT_MS = 5000;
