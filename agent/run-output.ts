// The output of one run on its way to the caller: in order, never ahead of the answer, and never more of it in memory
// than the limit. What a slow reader makes us drop is the oldest that waits, and the caller is told how much it was.
import { StringDecoder } from "node:string_decoder";
import type { Outbox, Waiter } from "./outbox.ts";

/** 1 is stdout, 2 stderr, as in a process. */
export type Descriptor = 1 | 2;

/** One message to the gateway holds at most this many characters of output. */
const CHUNK_CHARS = 64 * 1024;

interface Chunk {
  descriptor: Descriptor;
  text: string;
}

/** One run's output. */
export class RunOutput implements Waiter {
  readonly #outbox: Outbox;
  readonly #ticket: number;
  readonly #limitChars: number;
  readonly #decoders: Record<Descriptor, StringDecoder> = { 1: new StringDecoder(), 2: new StringDecoder() };
  #queue: Chunk[] = [];
  #queuedChars = 0;
  #dropped = { lines: 0, bytes: 0 };
  #response: string | undefined;

  constructor(outbox: Outbox, ticket: number, limitChars: number) {
    this.#outbox = outbox;
    this.#ticket = ticket;
    this.#limitChars = limitChars;
  }

  /** Takes what the task printed, as `stream.write` was given it. */
  write(descriptor: Descriptor, data: string | Uint8Array): void {
    if (this.#outbox.closed || this.#response !== undefined) return;
    const text = typeof data === "string" ? data : this.#decoders[descriptor].write(Buffer.from(data));
    for (let from = 0; from < text.length;) {
      const to = chunkEnd(text, from);
      this.#send({ descriptor, text: text.slice(from, to) });
      from = to;
    }
  }

  /** Sends a progress notification; one that would have to wait is left out, since a later one replaces it. */
  progress(body: string): void {
    if (this.#response !== undefined || this.#isWaiting() || !this.#outbox.hasCredit) return;
    this.#outbox.postOutput(`P${this.#ticket} ${body}`, body.length);
  }

  /** Sends the one answer, after all the output. */
  finish(response: string): void {
    for (const descriptor of [1, 2] as const) this.write(descriptor, this.#decoders[descriptor].end());
    this.#response = response;
    if (!this.#isWaiting()) this.#postResponse();
  }

  flush(): boolean {
    while (this.#isWaiting() && this.#outbox.hasCredit) this.#postOldest();
    if (this.#isWaiting()) return false;
    this.#postResponse();
    return true;
  }

  #postOldest(): void {
    const { lines, bytes } = this.#dropped;
    // The gap stands where the dropped output would have: before the oldest chunk that was kept.
    if (bytes > 0) this.#outbox.postOutput(`G${this.#ticket} ${lines} ${bytes}`, 0);
    this.#dropped = { lines: 0, bytes: 0 };
    const chunk = this.#queue.shift();
    if (chunk === undefined) return;
    this.#queuedChars -= chunk.text.length;
    this.#postChunk(chunk);
  }

  #postChunk({ descriptor, text }: Chunk): void {
    this.#outbox.postOutput(`O${this.#ticket} ${descriptor}${text}`, text.length);
  }

  #postResponse(): void {
    if (this.#response !== undefined) this.#outbox.post(`R${this.#ticket} ${this.#response}`);
  }

  #send(chunk: Chunk): void {
    if (!this.#isWaiting() && this.#outbox.hasCredit) return this.#postChunk(chunk);
    this.#enqueue(chunk);
    while (this.#queuedChars > this.#limitChars) this.#dropOldest();
    this.#outbox.wait(this);
  }

  #enqueue(chunk: Chunk): void {
    this.#queuedChars += chunk.text.length;
    const last = this.#queue.at(-1);
    // Small writes share a chunk: a million of them must not become a million entries.
    if (last?.descriptor === chunk.descriptor && last.text.length + chunk.text.length <= CHUNK_CHARS)
      last.text += chunk.text;
    else this.#queue.push(chunk);
  }

  #dropOldest(): void {
    const oldest = this.#queue.shift();
    if (oldest === undefined) return;
    this.#queuedChars -= oldest.text.length;
    this.#dropped.lines += oldest.text.split("\n").length - 1;
    this.#dropped.bytes += Buffer.byteLength(oldest.text);
  }

  #isWaiting(): boolean {
    return this.#queue.length > 0;
  }
}

/** Where a chunk that begins at `from` ends: not between the two halves of a character. */
function chunkEnd(text: string, from: number): number {
  const end = Math.min(from + CHUNK_CHARS, text.length);
  const last = text.charCodeAt(end - 1);
  const splits = end < text.length && last >= 0xd800 && last <= 0xdbff;
  return splits ? end - 1 : end;
}
