// The messages of `call`, `cancel` and `runs`, and the notifications of a run in flight. Named as in PROTOCOL.md.
import type { Encoded } from "./rpc-messages.ts";

/** Until when a call may begin, on the monotonic clock of the machine. */
export interface Expiry {
  /**
   * The clock's name. An agent with another clock ignores the expiry. On Linux: the boot's id, a space, and
   * `/proc/self/ns/time`.
   */
  clock: string;
  /** Milliseconds on that clock. */
  atMs: number;
}

/** Parameters of `call`. */
export interface CallParams {
  task: string;
  /** The arguments: an array, or devalue's text of an array. Default: none. */
  args?: unknown[] | string;
  encoding?: "devalue";
  /** The deadline, in milliseconds from when the agent receives the call. Default: none. */
  timeoutMs?: number;
  /** With `timeoutMs`: the task does not begin after this moment. Default: after `timeoutMs`. */
  expiry?: Expiry;
  /** The run's id, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: chosen by the agent. */
  run?: string;
  /**
   * The task waits when it prints, and the app with it, if the reader is slow; no output is dropped. Default: false.
   */
  lossless?: boolean;
  /** Refuse the call if a plain function has a parameter without a default and without an argument. Default: false. */
  complete?: boolean;
}

/** Result of `call`. */
export interface CallResult extends Encoded {
  run: string;
  /** The text that the task's `format` gives for people, if it has one. */
  text?: string;
}

/** Parameters of `cancel`. */
export interface CancelParams {
  run: string;
  /** How long to wait for the task to stop, in milliseconds; default 5000. */
  waitMs?: number;
}

/** Result of `cancel`: the state of the task. */
export interface CancelResult {
  run: string;
  state: "not-started" | "running" | "stopped";
}

/** One run in the result of `runs`. */
export interface RunDescription {
  run: string;
  task: string;
  elapsedMs: number;
  /** `queued`: the run has not begun, because the event loop does not turn. */
  state: "queued" | "running" | "cancelling";
  progress?: { done: number; total?: number; message?: string };
}

/** Result of `runs`: the runs in flight, oldest first. */
export interface RunsResult {
  runs: RunDescription[];
  /**
   * How long the event loop has not turned; left out while it turns. The runs are then those that the gateway has
   * passed on.
   */
  stalledMs?: number;
}

/**
 * Parameters of the notification `run.output`: either `text`, or `dropped` in the place of dropped text of the stream.
 */
export interface RunOutput {
  run: string;
  /** Counts a run's notifications from 1. */
  seq: number;
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** Parameters of the notification `run.progress`. */
export interface RunProgress {
  run: string;
  seq: number;
  done: number;
  total?: number;
  message?: string;
}
