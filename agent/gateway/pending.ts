// One request that waits for the main thread: its deadline, and the output that is on its way to the caller.
import type { RequestId, RunOutput } from "../../shared/protocol.ts";

/** Output of one run is collected up to this many characters into one notification. */
const NOTIFICATION_CHARS = 64 * 1024;

/** What makes a {@link Pending}. */
export interface PendingOptions {
  id: RequestId;
  ticket: number;
  /** The run's id and task of a `call`; empty for the other methods. */
  run: string;
  task: string;
}

/** A request in flight on one connection. */
export class Pending {
  readonly id: RequestId;
  readonly ticket: number;
  readonly run: string;
  readonly task: string;
  /** True once the caller has its response: what comes after it is dropped. */
  answered = false;
  timer: NodeJS.Timeout | undefined;
  #seq = 0;
  #stream: "stdout" | "stderr" = "stdout";
  #text = "";

  constructor({ id, ticket, run, task }: PendingOptions) {
    this.id = id;
    this.ticket = ticket;
    this.run = run;
    this.task = task;
  }

  /** The number of the run's next notification. */
  nextSeq(): number {
    return ++this.#seq;
  }

  /** Collects output; returns what must be sent first, when this does not go into the same notification. */
  collect(stream: "stdout" | "stderr", text: string): RunOutput | undefined {
    const full = stream !== this.#stream || this.#text.length + text.length > NOTIFICATION_CHARS;
    const before = full ? this.takeOutput() : undefined;
    this.#stream = stream;
    this.#text += text;
    return before;
  }

  /** The collected output as one notification, or undefined when there is none. */
  takeOutput(): RunOutput | undefined {
    if (this.#text === "") return undefined;
    const output = { run: this.run, seq: this.nextSeq(), stream: this.#stream, text: this.#text };
    this.#text = "";
    return output;
  }
}
