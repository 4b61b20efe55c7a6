// Counts the dropped output of a run or a console. A command that should have written it to a file or a pipe reports
// that with its exit code.
import type { RunOutput } from "../../shared/messages/messages.ts";
import type { Streams } from "./streams.ts";

const UNWRITTEN = 74;

/** How much was dropped. */
export type Dropped = NonNullable<RunOutput["dropped"]>;

/** The line that people get in place of dropped output. */
export function droppedText({ lines }: Dropped): string {
  return `… ${lines.toLocaleString("en")} lines dropped`;
}

/** Sums up the dropped output of stdout. Dropped output of stderr is reported at once, where it is missing. */
export class MissingOutput {
  #sum: Dropped | undefined;

  /** Adds what a notification says. */
  add({ stream = "stdout", dropped }: Pick<RunOutput, "stream" | "dropped">): void {
    if (dropped === undefined || stream !== "stdout") return;
    const { lines = 0, bytes = 0 } = this.#sum ?? {};
    this.#sum = { lines: lines + dropped.lines, bytes: bytes + dropped.bytes };
  }

  /** The sum; undefined if nothing is missing. */
  get sum(): Dropped | undefined {
    return this.#sum;
  }

  /**
   * Reports how much is missing, unless stdout is a terminal, and returns the exit code: 74 instead of 0. If the reader
   * has gone, nothing counts as missing.
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
