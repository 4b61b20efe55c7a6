// The one table of methods, with the parameters and the result of each. method-shapes.ts checks messages by it; a test
// checks that PROTOCOL.md is equal to both.
import type {
  ConsoleCloseParams,
  ConsoleCloseResult,
  ConsoleCompleteParams,
  ConsoleCompleteResult,
  ConsoleEvaluateParams,
  ConsoleEvaluateResult,
  ConsoleInterruptParams,
  ConsoleInterruptResult,
  ConsoleMoreParams,
  ConsoleMoreResult,
  ConsoleOpenParams,
  ConsoleOpenResult,
  ConsoleOutput,
} from "./console-messages.ts";
import type { EvaluateParams, EvaluateResult } from "./evaluate-messages.ts";
import type {
  DrainParams,
  DrainResult,
  EndParams,
  ReadyParams,
  ReloadParams,
  ReloadResult,
} from "./lifecycle-messages.ts";
import type { PingParams, PingResult, StackResult } from "./ping-messages.ts";
import type { RequestId, WaitParams } from "./rpc-messages.ts";
import type {
  CallParams,
  CallResult,
  CancelParams,
  CancelResult,
  RunOutput,
  RunProgress,
  RunsResult,
} from "./run-messages.ts";
import type { DescribeParams, DescribeResult } from "./task-messages.ts";

/** Every method that a client may call. */
export interface Methods {
  ping: { params: PingParams; result: PingResult };
  describe: { params: DescribeParams; result: DescribeResult };
  call: { params: CallParams; result: CallResult };
  evaluate: { params: EvaluateParams; result: EvaluateResult };
  cancel: { params: CancelParams; result: CancelResult };
  runs: { params: WaitParams; result: RunsResult };
  stack: { params: object; result: StackResult };
  drain: { params: DrainParams; result: DrainResult };
  ready: { params: ReadyParams; result: DrainResult };
  end: { params: EndParams; result: DrainResult };
  reload: { params: ReloadParams; result: ReloadResult };
  "console.open": { params: ConsoleOpenParams; result: ConsoleOpenResult };
  "console.evaluate": { params: ConsoleEvaluateParams; result: ConsoleEvaluateResult };
  "console.more": { params: ConsoleMoreParams; result: ConsoleMoreResult };
  "console.complete": { params: ConsoleCompleteParams; result: ConsoleCompleteResult };
  "console.interrupt": { params: ConsoleInterruptParams; result: ConsoleInterruptResult };
  "console.close": { params: ConsoleCloseParams; result: ConsoleCloseResult };
}

/** The name of a method. */
export type Method = keyof Methods;

/** The parameters of a method. */
export type Params<M extends Method> = Methods[M]["params"];

/** The result of a method. */
export type Result<M extends Method> = Methods[M]["result"];

/** A request whose parameters have been checked; its `method` gives their type. */
export type CheckedRequest<M extends Method = Method> = {
  [Name in M]: { id: RequestId; method: Name; params: Params<Name> };
}[M];

/** The notifications that an agent sends while a run is in flight or a console is open, with their parameters. */
export interface Notifications {
  "run.output": RunOutput;
  "run.progress": RunProgress;
  "console.output": ConsoleOutput;
}

/** A notification whose parameters have been checked; its `method` gives their type. */
export type CheckedNotification = {
  [Name in keyof Notifications]: { method: Name; params: Notifications[Name] };
}[keyof Notifications];

/** The names of all methods. */
export const METHODS = [
  ...(["ping", "describe", "call", "evaluate", "cancel", "runs", "stack", "drain", "ready", "end", "reload"] as const),
  ...(["console.open", "console.evaluate", "console.more", "console.complete"] as const),
  ...(["console.interrupt", "console.close"] as const),
] as const satisfies readonly Method[];

/** The names of all notifications. */
export const NOTIFICATIONS = [
  "run.output",
  "run.progress",
  "console.output",
] as const satisfies readonly (keyof Notifications)[];
