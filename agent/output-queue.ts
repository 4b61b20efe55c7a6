// Output that waits for a slow reader: never more of it than the limit. What exceeds it is dropped, the oldest first, and
// counted, so that the reader can be told what is missing and where.
import { CHUNK_CHARS } from "../shared/chunks.ts";

/** 1 is stdout, 2 stderr, as in a process. */
export type Descriptor = 1 | 2;

/** What was printed on one stream. */
export interface Chunk {
  descriptor: Descriptor;
  text: string;
}

/** What was dropped. */
export interface Gap {
  lines: number;
  bytes: number;
}

/** The output of one run that waits. */
export class OutputQueue {
  readonly #limitChars: number;
  readonly #chunks: Chunk[] = [];
  #chars = 0;
  #gap: Gap | undefined;

  constructor(limitChars: number) {
    this.#limitChars = limitChars;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0 && this.#gap === undefined;
  }

  /** Adds a chunk at the end, and drops at the front what is too much. */
  push(chunk: Chunk): void {
    this.#chars += chunk.text.length;
    const last = this.#chunks.at(-1);
    // Small writes share a chunk: a million of them must not become a million entries.
    if (last?.descriptor === chunk.descriptor && last.text.length + chunk.text.length <= CHUNK_CHARS)
      last.text += chunk.text;
    else this.#chunks.push(chunk);
    while (this.#chars > this.#limitChars) this.#dropOldest();
  }

  /** Takes what comes next: a gap stands where the dropped output would have. */
  shift(): { gap?: Gap | undefined; chunk?: Chunk | undefined } {
    if (this.#gap) {
      const gap = this.#gap;
      this.#gap = undefined;
      return { gap };
    }
    const chunk = this.#chunks.shift();
    this.#chars -= chunk?.text.length ?? 0;
    return { chunk };
  }

  /** Drops all that waits; it counts as dropped. */
  drop(): void {
    while (this.#chunks.length > 0) this.#dropOldest();
  }

  /** Forgets all that waits. */
  clear(): void {
    this.drop();
    this.#gap = undefined;
  }

  #dropOldest(): void {
    const text = this.#chunks.shift()?.text ?? "";
    this.#chars -= text.length;
    this.#gap ??= { lines: 0, bytes: 0 };
    this.#gap.lines += countLines(text);
    this.#gap.bytes += Buffer.byteLength(text);
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
