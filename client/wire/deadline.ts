// By when a command, or a call of the library, is over: one deadline from its very beginning, shared by finding the agent,
// connecting, what is asked before the call, the call itself, and the wait for the task's stop.
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { LATE_MS } from "./limits.ts";

/** How long one answer may take, and the error when it has not come by then. */
export interface Limit {
  ms: number;
  error: () => Error;
}

/** A moment of this process's monotonic clock, or never. */
export class Deadline {
  /** How long it was from the beginning; undefined where there is no end. */
  readonly timeoutMs: number | undefined;
  readonly #at: number;
  readonly #lateMs: number;

  /** Begins now. Without a time it never passes. `lateMs` is how long an answer given at the deadline may be under way. */
  constructor(timeoutMs?: number, lateMs = LATE_MS) {
    this.timeoutMs = timeoutMs;
    this.#lateMs = lateMs;
    this.#at = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  }

  /** True when there is no time left to begin anything. */
  get hasPassed(): boolean {
    return performance.now() >= this.#at;
  }

  /** What is left for the agent: whole milliseconds from 1, as it takes them. Undefined where there is no end. */
  get leftMs(): number | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return Math.min(Math.max(1, Math.ceil(this.#at - performance.now())), MAX_DURATION_MS);
  }

  /** The limit of one question: an answer that the agent gives at the deadline is still heard. */
  limit(error: () => Error): Limit | undefined {
    if (this.timeoutMs === undefined) return undefined;
    return { ms: Math.max(0, this.#at - performance.now()) + this.#lateMs, error };
  }
}
