// One request that waits for the main thread, with its deadline and its output on the way to the caller.
import type { Answer } from "../../../shared/messages/answer.ts";
import type { RunDescription, RunOutput } from "../../../shared/messages/messages.ts";
import type { RunName } from "../../../shared/outcomes.ts";
import { costOf } from "../../border/channel.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";

/** Output of one run is collected up to this many characters into one notification. */
const NOTIFICATION_CHARS = 64 * 1024;

/** Receives a request's one answer; `written` is called when the answer has left this process, or never will. */
export type Respond = (answer: Answer, written?: () => void) => void;

/** A request to forward. */
export interface RelayedRequest {
  /** The text that the runner will read. */
  text: string;
  respond: Respond;
  /** The run that the request begins. Default: none. */
  run?: RunName;
  /** The console that the request opens: its ticket then carries the console's output. Default: none. */
  opens?: string;
  /** The answer if the request is withdrawn before it started. Default: that its run was cancelled. */
  withdrawn?: Answer;
}

/** Output on its way to the caller, and its cost in the window until it has left. */
export interface Collected {
  output: Omit<RunOutput, "run">;
  cost: number;
}

/** A request in flight on one connection. */
export class Pending {
  readonly ticket: number;
  readonly request: RelayedRequest;
  /** True for a task call: the runner counts how much of such answers has not left. */
  isCall = false;
  /** True once the caller has its response. Anything after it is dropped. */
  answered = false;
  /** True once a caller has asked to cancel it. */
  isCancelled = false;
  /** The console that this request has opened. Its output still comes after the response. */
  console: string | undefined;
  timer: NodeJS.Timeout | undefined;
  /** The run's progress, as the run itself reported it. */
  progress: RunDescription["progress"];
  readonly #since = monotonicMs();
  #seq = 0;
  #stream: "stdout" | "stderr" = "stdout";
  #text = "";
  #cost = 0;

  constructor(ticket: number, request: RelayedRequest) {
    this.ticket = ticket;
    this.request = request;
  }

  /** The run that the request began; undefined when there is none. */
  get run(): RunName | undefined {
    return this.request.run;
  }

  /** The run as `runs` shows it. If its caller was answered while the run continued, the run counts as cancelled. */
  describe({ run, task }: RunName, started: boolean): RunDescription {
    const { answered, isCancelled, progress } = this;
    const state = answered || isCancelled ? "cancelling" : started ? "running" : "queued";
    return { run, task, elapsedMs: Math.round(monotonicMs() - this.#since), state, ...(progress && { progress }) };
  }

  /** The sequence number of the run's next notification. */
  nextSeq(): number {
    return ++this.#seq;
  }

  /** Collects output. Returns what must be sent first, if this output does not go into the same notification. */
  collect(stream: "stdout" | "stderr", text: string): Collected | undefined {
    const full = stream !== this.#stream || this.#text.length + text.length > NOTIFICATION_CHARS;
    const before = full ? this.takeOutput() : undefined;
    this.#stream = stream;
    this.#text += text;
    this.#cost += costOf(text.length);
    return before;
  }

  /** Takes the collected output as one notification; undefined when there is none. */
  takeOutput(): Collected | undefined {
    if (this.#text === "") return undefined;
    const output = { seq: this.nextSeq(), stream: this.#stream, text: this.#text };
    const cost = this.#cost;
    this.#text = "";
    this.#cost = 0;
    return { output, cost };
  }
}
