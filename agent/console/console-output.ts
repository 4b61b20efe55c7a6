// What a console's code prints, for as long as the console is open: in order, and an answer never before what was printed
// until then. The console's ticket carries it, which unlike a run's lives on after the first answer.
import { Output, type OutputOptions } from "../runs/output.ts";
import type { Descriptor } from "../runs/output-queue.ts";

/** One console's output. */
export class ConsoleOutput {
  /** Nothing of it: what a console's code is given stays in the app. */
  readonly share = { chars: 0 };
  readonly #output: Output;
  #answers: (() => void)[] = [];

  constructor(options: Omit<OutputOptions, "emptied">) {
    this.#output = new Output({ ...options, emptied: () => this.#postAnswers() });
  }

  /** What a task returns is for the console's code, whoever listens to what it prints. */
  get isUnheard(): boolean {
    return false;
  }

  /** Takes what was printed, as `stream.write` was given it. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    this.#output.write(descriptor, data);
  }

  /** Takes what a task printed that a console called. */
  print(descriptor: Descriptor, text: string): PromiseLike<void> {
    return this.#output.print(descriptor, text);
  }

  /** A task that a console called may report how far it has come; a console has no place for that. */
  progress(): void {}

  /** Sends an answer after all that was printed before it; `hurried` when nothing may hold it back. */
  answer(post: () => void, { hurried = false } = {}): void {
    this.#answers.push(post);
    if (hurried) this.#output.hasten();
    else if (this.#output.isEmpty) this.#postAnswers();
  }

  /** Nothing that is printed from here on belongs to the console. */
  close(): void {
    this.#output.end();
    this.#output.discard();
  }

  #postAnswers(): void {
    for (const post of this.#answers.splice(0)) post();
  }
}
