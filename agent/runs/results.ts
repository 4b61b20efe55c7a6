// Writes the results of an agent's runs as JSON, and remembers which tasks return large ones.
import type { NamedTask } from "../tasks/registry.ts";
import { resultRoom, SMALL_CHARS } from "./result-room.ts";
import { writeResult } from "./result.ts";
import type { Run } from "./run.ts";
import { isPromise } from "./tasks.ts";

/** Writes results. */
export class Results {
  readonly #maxChars: number;
  /** The size of each task's last result, if it was large. */
  readonly #large = new Map<string, number>();

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /**
   * Waits for room if the task's last result was large, so that another large result does not have to wait in memory.
   */
  roomFor(run: Run): Promise<void> | undefined {
    const expected = this.#large.get(run.task);
    return expected === undefined ? undefined : resultRoom.take(run, expected);
  }

  /** The JSON of a CallResult. No result is made if the caller is gone. */
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
