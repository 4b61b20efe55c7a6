// Sends an expression's output to its caller while it runs. What the expression prints and what its tasks print become
// the output of one run, with one sequence of numbers.
import type { RunOutput } from "../../../shared/messages/messages.ts";
import type { CheckedNotification } from "../../../shared/messages/methods.ts";
import { OUTPUT_WINDOW } from "../../border/channel.ts";
import type { OutputStream } from "../../border/sandbox-messages.ts";
import type { Notify } from "../relay/output-relay.ts";

/** Prints are collected into one notification up to this many characters. */
const NOTIFICATION_CHARS = 64 * 1024;

/** The output of one expression. */
export class ExpressionOutput {
  readonly #run: string;
  readonly #notify: Notify;
  readonly #hasRoom: () => void;
  #stream: OutputStream = "stdout";
  #text = "";
  #seq = 0;
  #unwrittenChars = 0;
  #ended = false;

  constructor(run: string, notify: Notify, hasRoom: () => void) {
    this.#run = run;
    this.#notify = notify;
    this.#hasRoom = hasRoom;
  }

  /** True while the reader is behind. */
  get isFull(): boolean {
    return this.#unwrittenChars > OUTPUT_WINDOW;
  }

  /** Takes output of the expression itself. */
  print(stream: OutputStream, text: string): void {
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    if (this.#text === "") setImmediate(() => this.flush());
    this.#text += text;
    if (this.#text.length > NOTIFICATION_CHARS) this.flush();
  }

  /** Forwards a notification of one of its tasks as a notification of the expression. */
  forward(notification: CheckedNotification, written: () => void): void {
    this.flush();
    const name = { run: this.#run, seq: ++this.#seq };
    if (notification.method === "run.output")
      this.#send({ method: "run.output", params: { ...notification.params, ...name } }, written);
    else if (notification.method === "run.progress")
      this.#send({ method: "run.progress", params: { ...notification.params, ...name } }, written);
    else written(); // a task never opens a console
  }

  /** Sends the collected output. */
  flush(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    const output: RunOutput = { run: this.#run, seq: ++this.#seq, stream: this.#stream, text };
    this.#unwrittenChars += text.length;
    this.#send({ method: "run.output", params: output }, () => {
      const wasFull = this.isFull;
      this.#unwrittenChars -= text.length;
      if (wasFull && !this.isFull) this.#hasRoom();
    });
  }

  /** Called when the caller is gone: later output is dropped. */
  end(): void {
    this.#ended = true;
  }

  #send(notification: CheckedNotification, written: () => void): void {
    if (this.#ended) setImmediate(written);
    else this.#notify(notification, written);
  }
}
