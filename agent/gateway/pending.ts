// One request that waits for the main thread: its deadline, and the output that is on its way to the caller.
import type { RequestId, RunDescription, RunOutput } from "../../shared/messages.ts";
import { costOf } from "./channel.ts";
import { monotonicMs } from "./pulse.ts";

/** Output of one run is collected up to this many characters into one notification. */
const NOTIFICATION_CHARS = 64 * 1024;

/** What makes a {@link Pending}. */
export interface PendingOptions {
  id: RequestId;
  ticket: number;
  /** The run's id and task of a `call`; empty for the other methods. */
  run: string;
  task: string;
  /** How long the request's text is. */
  chars: number;
}

/** Output on its way to the caller, and what it costs of the window until it has left. */
export interface Collected {
  output: RunOutput;
  cost: number;
}

/** A request in flight on one connection. */
export class Pending {
  readonly id: RequestId;
  readonly ticket: number;
  readonly run: string;
  readonly task: string;
  readonly chars: number;
  /** True once the caller has its response: what comes after it is dropped. */
  answered = false;
  /** Somebody has asked for its end. */
  isCancelled = false;
  /** The console that this request has opened: its output goes on after the response. */
  console: string | undefined;
  timer: NodeJS.Timeout | undefined;
  /** How far the run has come, by its own word. */
  progress: RunDescription["progress"];
  readonly #since = monotonicMs();
  #seq = 0;
  #stream: "stdout" | "stderr" = "stdout";
  #text = "";
  #cost = 0;

  constructor({ id, ticket, run, task, chars }: PendingOptions) {
    this.id = id;
    this.ticket = ticket;
    this.run = run;
    this.task = task;
    this.chars = chars;
  }

  /** The run as `runs` shows it. Whoever has been told that it goes on has given it up. */
  describe(started: boolean): RunDescription {
    const { run, task, answered, isCancelled, progress } = this;
    const state = answered || isCancelled ? "cancelling" : started ? "running" : "queued";
    return { run, task, elapsedMs: Math.round(monotonicMs() - this.#since), state, ...(progress && { progress }) };
  }

  /** The number of the run's next notification. */
  nextSeq(): number {
    return ++this.#seq;
  }

  /** Collects output; returns what must be sent first, when this does not go into the same notification. */
  collect(stream: "stdout" | "stderr", text: string): Collected | undefined {
    const full = stream !== this.#stream || this.#text.length + text.length > NOTIFICATION_CHARS;
    const before = full ? this.takeOutput() : undefined;
    this.#stream = stream;
    this.#text += text;
    this.#cost += costOf(text.length);
    return before;
  }

  /** The collected output as one notification, or undefined when there is none. */
  takeOutput(): Collected | undefined {
    if (this.#text === "") return undefined;
    const output = { run: this.run, seq: this.nextSeq(), stream: this.#stream, text: this.#text };
    const cost = this.#cost;
    this.#text = "";
    this.#cost = 0;
    return { output, cost };
  }
}
