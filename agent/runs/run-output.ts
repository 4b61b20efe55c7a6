// Sends what one run has for its caller: output in order, progress in between, and the one answer after everything
// else.
import type { Answer } from "../../shared/messages/answer.ts";
import { answerToGateway, toGateway } from "../border/port-messages.ts";
import { Output, type OutputOptions } from "./output.ts";
import type { ResultShare } from "./result-share.ts";
import type { Descriptor } from "./output-queue.ts";

/** The options of {@link RunOutput}. */
export interface RunOutputOptions extends Omit<OutputOptions, "emptied"> {
  /** Called when the answer has been sent. */
  answered: () => void;
}

/** One run's output. */
export class RunOutput {
  readonly #options: RunOutputOptions;
  readonly #output: Output;
  #progress: string | undefined;
  #answer: Answer | undefined;
  #finished = false;
  #hurried = false;

  constructor(options: RunOutputOptions) {
    this.#options = options;
    this.#output = new Output({ ...options, emptied: () => this.#sendRest() });
  }

  get isUnheard(): boolean {
    return this.#options.outbox.muted;
  }

  get share(): ResultShare {
    return this.#options.outbox.share;
  }

  /** Takes printed data in the forms that `stream.write` takes. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    this.#output.write(descriptor, data);
  }

  /** Takes a text that the task may await. */
  print(descriptor: Descriptor, text: string): PromiseLike<void> {
    return this.#output.print(descriptor, text);
  }

  /** Sends the run's progress. For a slow reader, later progress replaces earlier progress. */
  progress(body: string): void {
    const { outbox } = this.#options;
    if (outbox.muted || this.#finished) return;
    this.#progress = body;
    if (this.#output.isEmpty && outbox.hasCredit) this.#sendRest();
    else outbox.wait(this.#output);
  }

  /** Sends the one answer, after all the output. */
  finish(answer: Answer): void {
    this.#output.end();
    this.#finished = true;
    this.#answer = answer;
    if (this.#hurried) this.#output.hasten();
    else if (this.#output.isEmpty) this.#sendRest();
  }

  /** The deadline has passed: output that waits for a slow reader must no longer delay the answer. */
  hurry(): void {
    this.#hurried = true;
    if (this.#answer !== undefined) this.#output.hasten();
  }

  /** Called when all output has been sent: sends the last progress, and the answer if there is one. */
  #sendRest(): void {
    const { outbox, ticket, answered } = this.#options;
    const [progress, answer] = [this.#progress, this.#answer];
    // The app may keep a reference to something from the run, and so to this object. These two must not stay in memory
    // with it.
    this.#progress = this.#answer = undefined;
    if (progress !== undefined) outbox.postOutput(toGateway("progress", ticket, progress), progress.length);
    if (answer === undefined) return;
    outbox.post(answerToGateway(ticket, answer));
    answered();
  }
}
