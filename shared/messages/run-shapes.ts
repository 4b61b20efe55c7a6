// The shapes of the messages about runs: `call`, `evaluate`, `cancel`, `runs`, and the notifications of a run in
// flight.
import { MAX_DURATION_MS } from "../duration.ts";
import type { EvaluateParams, EvaluateResult } from "./evaluate-messages.ts";
import type { PingParams } from "./ping-messages.ts";
import { RUN_ID } from "./protocol.ts";
import type { Encoded, WaitParams } from "./rpc-messages.ts";
import type {
  CallParams,
  CallResult,
  CancelParams,
  CancelResult,
  Expiry,
  RunDescription,
  RunOutput,
  RunProgress,
  RunsResult,
} from "./run-messages.ts";
import {
  anything,
  flag,
  list,
  matching,
  number,
  object,
  oneOf,
  optional,
  text,
  type Members,
  type Shape,
} from "./shape.ts";

/** An id that a caller may choose. */
export const id = matching(RUN_ID, "be 1 to 64 of A-Z a-z 0-9 _ -");

/** A time that a caller gives, in milliseconds. */
export const time: Shape<number> = (value) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_DURATION_MS
    ? undefined
    : { at: "", must: `be a whole number of milliseconds from 1 to ${MAX_DURATION_MS}` };

/** A list, or the text of one. Which of the two it must be is known when it is decoded. */
const args: Shape<unknown[] | string> = (value) =>
  Array.isArray(value) || typeof value === "string" ? undefined : { at: "", must: "be an array" };

const encoding = oneOf("devalue");

const encoded: Members<Encoded> = { value: optional(anything), encoding: optional(encoding) };

const stream = oneOf("stdout", "stderr");

/** Printed text, or the amount that was dropped. */
export const printed = {
  seq: number,
  stream: optional(stream),
  text: optional(text),
  dropped: optional(object<NonNullable<RunOutput["dropped"]>>({ lines: number, bytes: number })),
};

/** Until when a request may begin. */
export const expiry = object<Expiry>({ clock: text, atMs: number });

/** The members of `call`. */
export const callMembers: Members<CallParams> = {
  task: text,
  args: optional(args),
  encoding: optional(encoding),
  timeoutMs: optional(time),
  expiry: optional(expiry),
  run: optional(id),
  lossless: optional(flag),
  complete: optional(flag),
};

/** Parameters of `call`. */
export const callParams = object<CallParams>(callMembers);

/** Result of `call`. */
export const callResult = object<CallResult>({ run: text, text: optional(text), ...encoded });

/** Parameters of `evaluate`. */
export const evaluateParams = object<EvaluateParams>({
  code: text,
  timeoutMs: optional(time),
  expiry: optional(expiry),
  run: optional(id),
  session: optional(id),
  lossless: optional(flag),
});

/** Result of `evaluate`. */
export const evaluateResult = object<EvaluateResult>({ run: text, text: optional(text), ...encoded });

/** Parameters of `cancel`. */
export const cancelParams = object<CancelParams>({
  run: matching(RUN_ID, "be the id of a run"),
  waitMs: optional(time),
});

/** Result of `cancel`. */
export const cancelResult = object<CancelResult>({ run: text, state: oneOf("not-started", "running", "stopped") });

/** Parameters of `ping`. */
export const pingParams = object<PingParams>({ ready: optional(flag), timeoutMs: optional(time) });

/** Parameters of a request that the main thread answers at once if it can. */
export const waitParams = object<WaitParams>({ timeoutMs: optional(time) });

const progress = { done: number, total: optional(number), message: optional(text) };

const runDescription = object<RunDescription>({
  run: text,
  task: text,
  elapsedMs: number,
  state: oneOf("queued", "running", "cancelling"),
  progress: optional(object<NonNullable<RunDescription["progress"]>>(progress)),
});

/** Result of `runs`. */
export const runsResult = object<RunsResult>({ runs: list(runDescription), stalledMs: optional(number) });

/** The notification `run.output`. */
export const runOutput = object<RunOutput>({ run: text, ...printed });

/** The notification `run.progress`. */
export const runProgress = object<RunProgress>({ run: text, seq: number, ...progress });
