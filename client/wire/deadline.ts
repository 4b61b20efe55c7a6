// The deadline of a command or a library call. It begins at the very start, and covers finding the agent, connecting,
// the questions before the call, the call itself, and the wait for the task's stop.
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { LATE_MS } from "./limits.ts";

/** How long one answer may take, and the error if it has not arrived by then. */
export interface Limit {
  ms: number;
  error: () => Error;
}

/** A moment of this process's monotonic clock, or never. */
export class Deadline {
  /** The length at the start; undefined if there is no deadline. */
  readonly timeoutMs: number | undefined;
  readonly #at: number;
  readonly #lateMs: number;

  /**
   * Begins now. Without a time it never passes. `lateMs` is how long an answer that was given at the deadline may take
   * to arrive.
   */
  constructor(timeoutMs?: number, lateMs = LATE_MS) {
    this.timeoutMs = timeoutMs;
    this.#lateMs = lateMs;
    this.#at = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  }

  /** True if no time is left to begin anything. */
  get hasPassed(): boolean {
    return performance.now() >= this.#at;
  }

  /** The time left for the agent: whole milliseconds, at least 1. Undefined if there is no deadline. */
  get leftMs(): number | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return Math.min(Math.max(1, Math.ceil(this.#at - performance.now())), MAX_DURATION_MS);
  }

  /** The limit of one question. An answer that the agent gives at the deadline still counts. */
  limit(error: () => Error): Limit | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return { ms: Math.max(0, this.#at - performance.now()) + this.#lateMs, error };
  }
}
