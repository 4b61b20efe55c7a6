// One request that waits for the main thread: its deadline, and the output that is on its way to the caller.
import type { Answer } from "../../../shared/messages/answer.ts";
import type { RunDescription, RunOutput } from "../../../shared/messages/messages.ts";
import type { RunName } from "../../../shared/outcomes.ts";
import { costOf } from "../../border/channel.ts";
import { monotonicMs } from "../admission/pulse.ts";

/** Output of one run is collected up to this many characters into one notification. */
const NOTIFICATION_CHARS = 64 * 1024;

/** Takes a request's one answer; `written` is called when it has left this process, or never will. */
export type Respond = (answer: Answer, written?: () => void) => void;

/** A request that is to be passed on. */
export interface RelayedRequest {
  /** What the runner will read. */
  text: string;
  respond: Respond;
  /** The run that it begins. Default: it begins none. */
  run?: RunName;
  /** The console that it opens: its ticket then carries the console's output. Default: it opens none. */
  opens?: string;
  /** The answer when it is taken back before it started. Default: that its run was cancelled. */
  withdrawn?: Answer;
}

/** Output on its way to the caller, and what it costs of the window until it has left. */
export interface Collected {
  output: Omit<RunOutput, "run">;
  cost: number;
}

/** A request in flight on one connection. */
export class Pending {
  readonly ticket: number;
  readonly request: RelayedRequest;
  /** It calls a task: the runner counts how much of such answers has not left. */
  isCall = false;
  /** True once the caller has its response: what comes after it is dropped. */
  answered = false;
  /** A caller has asked for its end. */
  isCancelled = false;
  /** The console that this request has opened: output still comes after the response. */
  console: string | undefined;
  timer: NodeJS.Timeout | undefined;
  /** How far the run has come, by its own word. */
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

  /** The run that it is; undefined when it is none. */
  get run(): RunName | undefined {
    return this.request.run;
  }

  /** The run as `runs` shows it. A caller that got an answer while the run continued has given it up. */
  describe({ run, task }: RunName, started: boolean): RunDescription {
    const { answered, isCancelled, progress } = this;
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
    const output = { seq: this.nextSeq(), stream: this.#stream, text: this.#text };
    const cost = this.#cost;
    this.#text = "";
    this.#cost = 0;
    return { output, cost };
  }
}
