// Output that waits for a slow reader: never more of it than the limit. What exceeds it is dropped, the oldest first, and
// counted, so that the reader can be told what is missing and where.
import { CHUNK_CHARS, chunkAt } from "./chunks.ts";
import type { Printed } from "./printed.ts";

/** 1 is stdout, 2 stderr, as in a process. */
export type Descriptor = 1 | 2;

/** What was printed on one stream. */
export interface Chunk {
  descriptor: Descriptor;
  text: string;
}

/** What was dropped of one stream. */
export interface Gap {
  descriptor: Descriptor;
  lines: number;
  bytes: number;
}

interface Text extends Chunk {
  /** Where what has not been sent begins. */
  from: number;
  /** What it costs besides its characters. */
  extra: number;
  /** What whoever printed it may wait for. */
  printed: Printed | undefined;
}

/** What one write costs besides its characters: a million one-letter writes are no megabyte. */
const WRITE_COST = 32;

/** What may wait in all queues of this process together, in characters. */
const ALL_CHARS = 32 * 1024 * 1024;

/** What waits in all queues of this process. */
let allChars = 0;

/** The output of one run that waits. */
export class OutputQueue {
  readonly #limitChars: number;
  /** Texts, and gaps where dropped ones were; those before `#head` are gone. */
  #entries: (Text | Gap)[] = [];
  #head = 0;
  #chars = 0;
  /** Whether this one is awaited will be known when the code that has printed it goes on. */
  #latest: Printed | undefined;

  constructor(limitChars: number) {
    this.#limitChars = limitChars;
  }

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  /** Adds a text at the end, and drops at the front what is too much and nobody waits for. */
  push({ descriptor, text }: Chunk, printed?: Printed): void {
    this.#latest = printed;
    this.#count(text.length + WRITE_COST);
    const last = this.#entries.at(-1);
    // Small writes share an entry: a million of them must not become a million entries.
    if (printed === undefined && last !== undefined && isOpen(last, descriptor, text)) {
      last.text += text;
      last.extra += WRITE_COST;
    } else this.#entries.push({ descriptor, text, from: 0, extra: WRITE_COST, printed });
    while ((this.#chars > this.#limitChars || allChars > ALL_CHARS) && this.#dropOldest());
  }

  /** Takes what comes next: a gap stands where the dropped output would have. */
  shift(): { gap?: Gap; chunk?: Chunk } {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return {};
    if (isGap(entry)) {
      this.#remove(this.#head);
      return { gap: entry };
    }
    const text = this.#take(entry);
    this.#removeIfEmpty(entry, this.#head);
    return { chunk: { descriptor: entry.descriptor, text } };
  }

  /** Drops all that waits; it counts as dropped. */
  drop(): void {
    while (this.#dropOldest({ all: true }));
  }

  /** Forgets all that waits. */
  clear(): void {
    this.drop();
    this.#entries = [];
    this.#head = 0;
  }

  #count(chars: number): void {
    this.#chars += chars;
    allChars += chars;
  }

  /** The next piece of the entry, as long as a chunk may be. */
  #take(entry: Text): string {
    const text = chunkAt(entry.text, entry.from);
    entry.from += text.length;
    this.#count(-text.length);
    return text;
  }

  #removeIfEmpty(entry: Text, index: number): void {
    if (entry.from < entry.text.length) return;
    this.#count(-entry.extra);
    this.#remove(index);
    entry.printed?.leave();
  }

  /** Few stand before it, if any: gaps, and what must not be dropped. */
  #remove(index: number): void {
    this.#entries.copyWithin(this.#head + 1, this.#head, index);
    this.#head++;
    if (this.#head < this.#entries.length && this.#head < COMPACT_AFTER) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** Drops a chunk of the oldest text that may be; false when there is none. */
  #dropOldest({ all = false } = {}): boolean {
    for (let index = this.#head; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry === undefined || isGap(entry) || (!all && this.#isKept(entry.printed))) continue;
      const text = this.#take(entry);
      const gap = this.#gapBefore(index, entry.descriptor);
      gap.lines += countLines(text);
      gap.bytes += Buffer.byteLength(text);
      this.#removeIfEmpty(entry, this.#entries.indexOf(entry, index));
      return true;
    }
    return false;
  }

  #isKept(printed: Printed | undefined): boolean {
    return printed !== undefined && (printed.isAwaited || printed === this.#latest);
  }

  /** The gap of that stream where the text begins; a new one where there is none yet. */
  #gapBefore(index: number, descriptor: Descriptor): Gap {
    for (const at of [index - 1, index - 2]) {
      const before = at < this.#head ? undefined : this.#entries[at];
      if (before === undefined || !isGap(before)) break;
      if (before.descriptor === descriptor) return before;
    }
    const gap = { descriptor, lines: 0, bytes: 0 };
    this.#entries.splice(index, 0, gap);
    return gap;
  }
}

/** Places before the head that are kept until the list is made anew: doing that each time would copy all of it. */
const COMPACT_AFTER = 1024;

function isGap(entry: Text | Gap): entry is Gap {
  return !("text" in entry);
}

function isOpen(last: Text | Gap, descriptor: Descriptor, text: string): last is Text {
  return (
    !isGap(last) &&
    last.printed === undefined &&
    last.descriptor === descriptor &&
    last.text.length + text.length <= CHUNK_CHARS
  );
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
