// What `ping` and `stack` have to look like. A plain `ping` loads this file, and none of the other shapes.
import type { PingResult, Readiness, StackFrame, StackResult } from "./ping-messages.ts";
import { SUBPROTOCOL } from "./rpc-messages.ts";
import { list, number, object, oneOf, optional, orElse, text } from "./shape.ts";

/** Where an app stands. */
export const readiness = oneOf<Readiness>("starting", "ready", "not-ready", "stopping", "stalled");

export const pingResult = object<PingResult>({
  status: oneOf("ok", "stalled"),
  stalledMs: number,
  loopDelayMs: orElse(number, () => 0),
  ready: optional(readiness),
  reason: optional(text),
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

export const stackResult = object<StackResult>({
  state: oneOf("running", "idle", "native"),
  frames: list(stackFrame),
  stalledMs: orElse(number, () => 0),
  console: optional(text),
});
