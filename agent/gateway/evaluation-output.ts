// What the caller of an expression hears while it runs: what the expression prints, and what its tasks print, as the
// output of one run with one count.
import type { AgentMessage, RunOutput, RunProgress } from "../../shared/messages.ts";
import { notificationMessage } from "../../shared/protocol.ts";
import { OUTPUT_WINDOW } from "./channel.ts";
import type { OutputStream } from "./evaluator-messages.ts";

/** Prints are collected up to so many characters into one notification. */
const NOTIFICATION_CHARS = 64 * 1024;

/** Sends a notification; `written` is called when it has left this process, or never will. */
export type Notify = (text: string, written: () => void) => void;

/** The output of one evaluation. */
export class EvaluationOutput {
  readonly #run: string;
  readonly #notify: Notify;
  readonly #drained: () => void;
  #stream: OutputStream = "stdout";
  #text = "";
  #seq = 0;
  #unwrittenChars = 0;
  #ended = false;

  constructor(run: string, notify: Notify, drained: () => void) {
    this.#run = run;
    this.#notify = notify;
    this.#drained = drained;
  }

  /** True while the reader has more to read than it is given at once. */
  get isFull(): boolean {
    return this.#unwrittenChars > OUTPUT_WINDOW;
  }

  /** Takes what the expression printed. */
  print(stream: OutputStream, text: string): void {
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    if (this.#text === "") setImmediate(() => this.flush());
    this.#text += text;
    if (this.#text.length > NOTIFICATION_CHARS) this.flush();
  }

  /** Passes on a notification of one of its tasks, as one of the expression's. */
  forward(text: string, written: () => void): void {
    this.flush();
    // Our own relay wrote it a moment ago: run.output with a RunOutput, or run.progress with a RunProgress.
    const { method, params } = JSON.parse(text) as AgentMessage & { params: RunOutput | RunProgress };
    const known = method === "run.progress" ? method : "run.output";
    this.#send(notificationMessage(known, { ...params, run: this.#run, seq: ++this.#seq }), written);
  }

  /** Sends what was printed. */
  flush(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    const output: RunOutput = { run: this.#run, seq: ++this.#seq, stream: this.#stream, text };
    this.#unwrittenChars += text.length;
    this.#send(notificationMessage("run.output", output), () => {
      const wasFull = this.isFull;
      this.#unwrittenChars -= text.length;
      if (wasFull && !this.isFull) this.#drained();
    });
  }

  /** Nobody listens any more. */
  end(): void {
    this.#ended = true;
  }

  #send(text: string, written: () => void): void {
    if (this.#ended) setImmediate(written);
    else this.#notify(text, written);
  }
}
