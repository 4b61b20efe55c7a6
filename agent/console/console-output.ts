// Sends what a console's code prints, as long as the console is open. Output is in order, and an answer never comes
// before earlier output. The console's ticket carries the output; unlike a run's ticket it stays in use after the first
// answer.
import { Output, type OutputOptions } from "../runs/output.ts";
import type { Descriptor } from "../runs/output-queue.ts";

/** One console's output. */
export class ConsoleOutput {
  /** Always 0: results for a console's code stay in the app. */
  readonly share = { chars: 0 };
  readonly #output: Output;
  #answers: (() => void)[] = [];

  constructor(options: Omit<OutputOptions, "emptied">) {
    this.#output = new Output({ ...options, emptied: () => this.#postAnswers() });
  }

  /** Always false: a task's result is for the console's code, whether or not the client still reads the output. */
  get isUnheard(): boolean {
    return false;
  }

  /** Takes printed data in the forms that `stream.write` takes. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    this.#output.write(descriptor, data);
  }

  /** Takes the output of a task that the console called. */
  print(descriptor: Descriptor, text: string): PromiseLike<void> {
    return this.#output.print(descriptor, text);
  }

  /** A task that the console called may report progress, but a console cannot show it. */
  progress(): void {}

  /** Sends an answer after all earlier output; with `hurried` at once. */
  answer(post: () => void, { hurried = false } = {}): void {
    this.#answers.push(post);
    if (hurried) this.#output.hasten();
    else if (this.#output.isEmpty) this.#postAnswers();
  }

  /** Later output does not belong to the console. */
  close(): void {
    this.#output.end();
    this.#output.discard();
  }

  #postAnswers(): void {
    for (const post of this.#answers.splice(0)) post();
  }
}
