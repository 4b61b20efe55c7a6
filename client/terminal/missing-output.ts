// What of a run's or a console's output had to be dropped, in all: a command that was to write it to a file or a pipe has
// then not done what it should, and says so with its exit code.
import type { RunOutput } from "../../shared/messages/messages.ts";
import type { Streams } from "./streams.ts";

const UNWRITTEN = 74;

/** How much was dropped. */
export type Dropped = NonNullable<RunOutput["dropped"]>;

/** Sums up what was dropped of stdout. What was dropped of stderr is said where it is missing. */
export class MissingOutput {
  #sum: Dropped | undefined;

  /** Takes what a notification says. */
  add({ stream = "stdout", dropped }: Pick<RunOutput, "stream" | "dropped">): void {
    if (dropped === undefined || stream !== "stdout") return;
    const { lines = 0, bytes = 0 } = this.#sum ?? {};
    this.#sum = { lines: lines + dropped.lines, bytes: bytes + dropped.bytes };
  }

  /** All of it; undefined where nothing is missing. */
  get sum(): Dropped | undefined {
    return this.#sum;
  }

  /**
   * Says how much is missing where somebody else than a person at a terminal reads stdout, and returns the exit code: 74 in the
   * place of 0. A reader that has gone away misses nothing.
   */
  exitCode(exitCode: number, { stdout, stderr }: Streams): number {
    if (this.#sum === undefined || stdout.isTTY || stdout.isGone) return exitCode;
    const lines = this.#sum.lines.toLocaleString("en");
    const bytes = this.#sum.bytes.toLocaleString("en");
    stderr.write(
      `Cannot show all that was printed: ${lines} lines (${bytes} bytes) of stdout were dropped, since they were read too slowly (--lossless of rpc and eval makes what prints wait)\n`,
    );
    return exitCode === 0 ? UNWRITTEN : exitCode;
  }
}
