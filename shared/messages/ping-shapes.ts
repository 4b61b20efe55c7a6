// The shapes of `ping` and `stack`. A plain `ping` loads this file, but none of the other shapes.
import type { PingResult, Readiness, StackFrame, StackResult } from "./ping-messages.ts";
import { SUBPROTOCOL } from "./rpc-messages.ts";
import { flag, list, number, object, oneOf, optional, orElse, text } from "./shape.ts";

/** The app's state. */
export const readiness = oneOf<Readiness>("starting", "ready", "not-ready", "stopping", "stalled");

/** Result of `ping`. */
export const pingResult = object<PingResult>({
  status: oneOf("ok", "stalled"),
  stalledMs: number,
  loopDelayMs: orElse(number, () => 0),
  ready: optional(readiness),
  reason: optional(text),
  readyWhen: optional(text),
  app: text,
  version: text,
  instance: text,
  pid: number,
  root: text,
  pidNamespace: optional(text),
  processStart: optional(text),
  console: optional(text),
  node: text,
  uptimeMs: number,
  rssBytes: number,
  protocol: oneOf(SUBPROTOCOL),
});

const stackFrame = object<StackFrame>({ function: text, file: text, line: number, column: number });

/** Result of `stack`. */
export const stackResult = object<StackResult>({
  state: oneOf("running", "idle", "native"),
  frames: list(stackFrame),
  stalledMs: orElse(number, () => 0),
  inDebugger: optional(flag),
  console: optional(text),
});
