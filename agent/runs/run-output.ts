// What one run has for its caller: output in order, progress in between, and after all of it the one answer.
import type { Answer } from "../../shared/messages/answer.ts";
import { answerToGateway, toGateway } from "../border/port-messages.ts";
import { Output, type OutputOptions } from "./output.ts";
import type { ResultShare } from "./result-room.ts";
import type { Descriptor } from "./output-queue.ts";

/** What makes a {@link RunOutput}. */
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

  /** Takes what the task printed, as `stream.write` was given it. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    this.#output.write(descriptor, data);
  }

  /** Takes what the task printed and may wait for. */
  print(descriptor: Descriptor, text: string): PromiseLike<void> {
    return this.#output.print(descriptor, text);
  }

  /** Sends how far the run has come; for a slow reader a later one replaces it. */
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

  /** The deadline has passed: output that waits for a slow reader must not hold the answer back any longer. */
  hurry(): void {
    this.#hurried = true;
    if (this.#answer !== undefined) this.#output.hasten();
  }

  /** All the output has gone: the last progress, and the answer where it is there, go after it. */
  #sendRest(): void {
    const { outbox, ticket, answered } = this.#options;
    const [progress, answer] = [this.#progress, this.#answer];
    // The app may hold on to what the run made, and by it to this: not to these as well.
    this.#progress = this.#answer = undefined;
    if (progress !== undefined) outbox.postOutput(toGateway("progress", ticket, progress), progress.length);
    if (answer === undefined) return;
    outbox.post(answerToGateway(ticket, answer));
    answered();
  }
}
