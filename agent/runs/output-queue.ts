// Queues output for a slow reader, never more than the limit. The oldest output is dropped first. Dropped output is
// counted, so that the reader can be told what is missing and where.
import { CHUNK_CHARS, chunkAt } from "./chunks.ts";
import type { Printed } from "./printed.ts";

/** 1 is stdout, 2 stderr, as in a process. */
export type Descriptor = 1 | 2;

/** Text that was printed on one stream. */
export interface Chunk {
  descriptor: Descriptor;
  text: string;
}

/** The amount of output that was dropped from one stream. */
export interface Gap {
  descriptor: Descriptor;
  lines: number;
  bytes: number;
}

interface Text extends Chunk {
  /** Index of the first character that has not been sent. */
  from: number;
  /** The cost of the entry besides its characters. */
  extra: number;
  /** The promise that the printing code may await. */
  printed: Printed | undefined;
}

/** The cost of one write besides its characters: a million writes of one letter must not count as a megabyte. */
const WRITE_COST = 32;

/** The most that may wait in all queues of this process together, in characters. */
const ALL_CHARS = 32 * 1024 * 1024;

/** The amount that waits in all queues of this process. */
let allChars = 0;

/** How many removed entries may stay before the list is copied: copying it each time would take too long. */
const COMPACT_AFTER = 1024;

/** The queued output of one run. */
export class OutputQueue {
  readonly #limitChars: number;
  /** Texts, and gaps in the places of dropped texts. Entries before `#head` are already removed. */
  #entries: (Text | Gap)[] = [];
  #head = 0;
  #chars = 0;
  /** The newest text. Whether it is awaited is not known before the code that printed it continues. */
  #latest: Printed | undefined;

  constructor(limitChars: number) {
    this.#limitChars = limitChars;
  }

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  /** Adds a text at the end. If there is too much, drops the oldest text that is not awaited. */
  push({ descriptor, text }: Chunk, printed?: Printed): void {
    this.#latest = printed;
    this.#count(text.length + WRITE_COST);
    const last = this.#entries.at(-1);
    // Small writes share an entry, so that a million of them do not become a million entries.
    if (printed === undefined && last !== undefined && isOpen(last, descriptor, text)) {
      last.text += text;
      last.extra += WRITE_COST;
    } else this.#entries.push({ descriptor, text, from: 0, extra: WRITE_COST, printed });
    while ((this.#chars > this.#limitChars || allChars > ALL_CHARS) && this.#dropOldest());
  }

  /** Removes the next piece: a gap comes in the place of the dropped output. */
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

  /** Drops everything that waits, and counts it as dropped. */
  drop(): void {
    while (this.#dropOldest({ all: true }));
  }

  /** Drops everything that waits, and forgets it. */
  clear(): void {
    this.drop();
    this.#entries = [];
    this.#head = 0;
  }

  #count(chars: number): void {
    this.#chars += chars;
    allChars += chars;
  }

  /** The next piece of the entry, at most one chunk. */
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

  /** Only a few entries, if any, come before this one: gaps, and texts that must not be dropped. */
  #remove(index: number): void {
    this.#entries.copyWithin(this.#head + 1, this.#head, index);
    this.#head++;
    if (this.#head < this.#entries.length && this.#head < COMPACT_AFTER) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** Drops a chunk of the oldest text that may be dropped. False when there is none. */
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

  /** The stream's gap right before this text. Makes a new one if there is none. */
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
