// The shapes of each method's parameters and result, and of each notification.
import * as console from "./console-shapes.ts";
import * as lifecycle from "./lifecycle-shapes.ts";
import type { Method, Notifications, Params, Result } from "./methods.ts";
import { pingResult, stackResult } from "./ping-shapes.ts";
import * as runs from "./run-shapes.ts";
import { anyObject, type Shape } from "./shape.ts";
import { describeParams, describeResult } from "./task-shapes.ts";

/** The parameters, by method. */
export const PARAMS: { readonly [M in Method]: Shape<Params<M>> } = {
  ping: runs.pingParams,
  describe: describeParams,
  call: runs.callParams,
  evaluate: runs.evaluateParams,
  cancel: runs.cancelParams,
  runs: runs.waitParams,
  stack: anyObject,
  drain: lifecycle.drainParams,
  ready: lifecycle.readyParams,
  end: lifecycle.endParams,
  reload: lifecycle.reloadParams,
  "console.open": console.openParams,
  "console.evaluate": console.evaluateParams,
  "console.more": console.moreParams,
  "console.complete": console.completeParams,
  "console.interrupt": console.interruptParams,
  "console.close": console.closeParams,
};

/** The results, by method. */
export const RESULTS: { readonly [M in Method]: Shape<Result<M>> } = {
  ping: pingResult,
  describe: describeResult,
  call: runs.callResult,
  evaluate: runs.evaluateResult,
  cancel: runs.cancelResult,
  runs: runs.runsResult,
  stack: stackResult,
  drain: lifecycle.drainResult,
  ready: lifecycle.drainResult,
  end: lifecycle.drainResult,
  reload: lifecycle.reloadResult,
  "console.open": console.openResult,
  "console.evaluate": console.evaluateResult,
  "console.more": console.moreResult,
  "console.complete": console.completeResult,
  "console.interrupt": console.interruptResult,
  "console.close": console.closeResult,
};

/** The notifications. */
export const NOTIFIED: { readonly [Name in keyof Notifications]: Shape<Notifications[Name]> } = {
  "run.output": runs.runOutput,
  "run.progress": runs.runProgress,
  "console.output": console.consoleOutput,
};
