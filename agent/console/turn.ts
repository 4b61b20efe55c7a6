// How long a console's code has kept the event loop from turning. A loop of awaits never lets it turn, so no limit of the
// gateway's and no Ctrl-C would come through; and V8's termination is no help there: where Node follows promises with
// async_hooks, as for an AsyncLocalStorage on Node 20 and 22, it ends the process. So the code is asked whenever it awaits.
import { OCCUPYING, OCCUPYING_SINCE, STOP_OCCUPYING } from "../border/channel.ts";
import { monotonicMs } from "../gateway/admission/pulse.ts";
import { EVALUATION_LIMIT_MS } from "../../shared/messages/console-messages.ts";
import type { StopReason } from "./executing.ts";

/** Nobody notices a shorter stop; and what an interrupt's own message would have ended is left to that. */
const NOTICED_MS = 100;

/** The present turn of the event loop, as one console's code has part in it. */
export class Turn {
  /** For how long its code may keep the event loop from turning. */
  limitMs = EVALUATION_LIMIT_MS;
  /** Whether it has been said in this turn that its code was stopped. */
  isTold = false;
  readonly #cells: Int32Array;
  readonly #mark: number;
  #since: number | undefined;

  /** `ticket` is that of the request which has opened the console. */
  constructor(table: SharedArrayBuffer, ticket: number) {
    this.#cells = new Int32Array(table);
    this.#mark = ticket + 1;
  }

  /** The console's code begins, or goes on after an `await`: the gateway sees it until the event loop has turned. */
  enter(): void {
    if (this.#since !== undefined) return;
    this.#since = monotonicMs();
    this.isTold = false;
    // An interrupt of what has ended meanwhile.
    Atomics.compareExchange(this.#cells, STOP_OCCUPYING, this.#mark, 0);
    Atomics.store(this.#cells, OCCUPYING_SINCE, this.#since | 0);
    Atomics.store(this.#cells, OCCUPYING, this.#mark);
    setImmediate(() => this.#leave());
  }

  /** Why the console's code must not go on in this turn; undefined while it may. */
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
