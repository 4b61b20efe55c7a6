// Measures how long a console's code has kept the event loop from turning. A loop of awaits never lets it turn, so the
// gateway's limit and Ctrl-C would have no effect. V8's termination cannot be used either: while Node tracks promises
// with async_hooks, as for an AsyncLocalStorage on Node 20 and 22, it ends the process. So this is checked at each
// await.
import { OCCUPYING, OCCUPYING_SINCE, STOP_OCCUPYING } from "../border/channel.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";
import { EVALUATION_LIMIT_MS } from "../../shared/messages/console-messages.ts";
import type { StopReason } from "./executing.ts";

/** A shorter stop goes unnoticed. Within this time the interrupt's own message may end the evaluation first. */
const NOTICED_MS = 100;

/** The current turn of the event loop, as far as one console's code takes part in it. */
export class Turn {
  /** How long its code may keep the event loop from turning. */
  limitMs = EVALUATION_LIMIT_MS;
  /** True once the stop of its code has been reported in this turn. */
  isTold = false;
  readonly #cells: Int32Array;
  readonly #mark: number;
  #since: number | undefined;

  /** `ticket` is the ticket of the request that opened the console. */
  constructor(table: SharedArrayBuffer, ticket: number) {
    this.#cells = new Int32Array(table);
    this.#mark = ticket + 1;
  }

  /**
   * The console's code begins, or continues after an `await`. The gateway sees this until the event loop has turned.
   */
  enter(): void {
    if (this.#since !== undefined) return;
    this.#since = monotonicMs();
    this.isTold = false;
    // Clears an interrupt for code that has already ended.
    Atomics.compareExchange(this.#cells, STOP_OCCUPYING, this.#mark, 0);
    Atomics.store(this.#cells, OCCUPYING_SINCE, this.#since | 0);
    Atomics.store(this.#cells, OCCUPYING, this.#mark);
    setImmediate(() => this.#leave());
  }

  /** Why the console's code must not continue in this turn; undefined while it may. */
  get verdict(): StopReason | undefined {
    if (this.#since === undefined) return undefined;
    const ms = monotonicMs() - this.#since;
    if (ms > this.limitMs) return "timed-out";
    const isAsked = ms > NOTICED_MS && Atomics.load(this.#cells, STOP_OCCUPYING) === this.#mark;
    return isAsked ? "interrupted" : undefined;
  }

  #leave(): void {
    this.#since = undefined;
    Atomics.compareExchange(this.#cells, OCCUPYING, this.#mark, 0);
    Atomics.compareExchange(this.#cells, STOP_OCCUPYING, this.#mark, 0);
  }
}
