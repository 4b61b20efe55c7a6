// The results of an agent's runs on their way to JSON, and what is remembered of their size.
import type { NamedTask } from "../tasks/registry.ts";
import { resultRoom, SMALL_CHARS } from "./result-room.ts";
import { writeResult } from "./result.ts";
import type { Run } from "./run.ts";
import { isPromise } from "./tasks.ts";

/** Writes results. */
export class Results {
  readonly #maxChars: number;
  /** The size of a task's last result, where it was large. */
  readonly #large = new Map<string, number>();

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Waits for room where the task's last result was large: it does not begin to make another that has to wait in memory. */
  roomFor(run: Run): Promise<void> | undefined {
    const expected = this.#large.get(run.task);
    return expected === undefined ? undefined : resultRoom.take(run, expected);
  }

  /** The JSON of a CallResult; nothing is made of it where nobody hears of it. */
  readonly write = (run: Run, named: NamedTask, value: unknown): string | Promise<string> => {
    if (run.output.isUnheard) return "{}";
    const format = "task" in named ? named.task.format : undefined;
    const written = writeResult(run, { value, format, maxChars: this.#maxChars });
    if (!isPromise(written)) return this.#remember(run, written);
    return written.then((json) => this.#remember(run, json));
  };

  #remember(run: Run, written: string): string {
    if (written.length >= SMALL_CHARS) this.#large.set(run.task, written.length);
    else if (this.#large.size > 0) this.#large.delete(run.task);
    return written;
  }
}
