// Tells the gateway, through shared memory, that an evaluation is executing and since when. The gateway enforces its
// limit and interrupts it. It has no other source while the main thread is busy with the evaluation.
import { EXECUTING, EXECUTING_SINCE, STOPPED_BY, STOPPED_BY_LIMIT } from "../border/channel.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";

/** The reason why an execution was stopped. */
export type StopReason = "interrupted" | "timed-out";

/** The execution marks of one connection. */
export class Executing {
  readonly #cells: Int32Array;

  constructor(table: SharedArrayBuffer) {
    this.#cells = new Int32Array(table);
  }

  /** Runs code that executes evaluated code for the request with this ticket. */
  execute(ticket: number, code: () => void): void {
    Atomics.store(this.#cells, STOPPED_BY, 0);
    Atomics.store(this.#cells, EXECUTING_SINCE, monotonicMs() | 0);
    Atomics.store(this.#cells, EXECUTING, ticket + 1);
    try {
      code();
    } finally {
      Atomics.store(this.#cells, EXECUTING, 0);
    }
  }

  /** Why the last execution was stopped, if it was. */
  get stoppedBy(): StopReason {
    return Atomics.load(this.#cells, STOPPED_BY) === STOPPED_BY_LIMIT ? "timed-out" : "interrupted";
  }
}
