// The output of one run on its way to the caller: in order, and all of it before the one answer.
import { StringDecoder } from "node:string_decoder";
import { chunksOf } from "../shared/chunks.ts";
import type { Outbox, Waiter } from "./outbox.ts";
import { OutputQueue, type Chunk, type Descriptor } from "./output-queue.ts";

/** What makes a {@link RunOutput}. */
export interface RunOutputOptions {
  outbox: Outbox;
  ticket: number;
  /** How much may wait for a slow reader, in characters. */
  limitChars: number;
  /** Called when the answer has been sent. */
  answered: () => void;
}

/** One run's output. */
export class RunOutput implements Waiter {
  readonly #outbox: Outbox;
  readonly #ticket: number;
  readonly #answered: () => void;
  readonly #queue: OutputQueue;
  /** Only for streams that bytes were written to: a character may be split across two writes. */
  readonly #decoders: Partial<Record<Descriptor, StringDecoder>> = {};
  #progress: string | undefined;
  #response: string | undefined;
  #finished = false;
  #hurried = false;

  constructor({ outbox, ticket, limitChars, answered }: RunOutputOptions) {
    this.#outbox = outbox;
    this.#ticket = ticket;
    this.#answered = answered;
    this.#queue = new OutputQueue(limitChars);
  }

  /** Takes what the task printed, as `stream.write` was given it. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    if (this.#outbox.muted || this.#finished) return;
    const text = typeof data === "string" ? data : (this.#decoders[descriptor] ??= new StringDecoder()).write(data);
    for (const part of chunksOf(text)) this.#send({ descriptor, text: part });
  }

  /** Sends how far the run has come; for a slow reader a later one replaces it. */
  progress(body: string): void {
    if (this.#outbox.muted || this.#finished) return;
    if (!this.#isWaiting && this.#outbox.hasCredit) return this.#postProgress(body);
    this.#progress = body;
    this.#outbox.wait(this);
  }

  /** Sends the one answer, after all the output. */
  finish(response: string): void {
    for (const descriptor of [1, 2] as const) this.write(descriptor, this.#decoders[descriptor]?.end() ?? "");
    this.#finished = true;
    this.#response = response;
    if (this.#hurried) this.#hasten();
    else if (!this.#isWaiting) this.#postResponse();
  }

  /** The deadline has passed: output that waits for a slow reader must not hold the answer back any longer. */
  hurry(): void {
    this.#hurried = true;
    if (this.#response !== undefined) this.#hasten();
  }

  sendNext(): boolean {
    const { gap, chunk } = this.#queue.shift();
    if (gap) this.#outbox.postOutput(`G${this.#ticket} ${gap.lines} ${gap.bytes}`, 0);
    else if (chunk) this.#postChunk(chunk);
    else if (this.#progress !== undefined) this.#postProgress(this.#progress);
    if (this.#isWaiting) return false;
    this.#postResponse();
    return true;
  }

  discard(): void {
    this.#queue.clear();
    this.#progress = undefined;
    this.#postResponse();
  }

  /** Sends the answer now: what waits becomes a gap. */
  #hasten(): void {
    this.#queue.drop();
    while (!this.sendNext());
  }

  #send(chunk: Chunk): void {
    if (!this.#isWaiting && this.#outbox.hasCredit) return this.#postChunk(chunk);
    this.#queue.push(chunk);
    this.#outbox.wait(this);
  }

  #postChunk({ descriptor, text }: Chunk): void {
    this.#outbox.postOutput(`O${this.#ticket} ${descriptor}${text}`, text.length);
  }

  #postProgress(body: string): void {
    this.#progress = undefined;
    this.#outbox.postOutput(`P${this.#ticket} ${body}`, body.length);
  }

  #postResponse(): void {
    if (this.#response === undefined) return;
    this.#outbox.post(`R${this.#ticket} ${this.#response}`);
    // The app may hold on to what the run made, and by it to this: not to the answer as well.
    this.#response = undefined;
    this.#answered();
  }

  get #isWaiting(): boolean {
    return !this.#queue.isEmpty || this.#progress !== undefined;
  }
}
