// Sends what one run or console prints to the reader. Output is sent at once while the reader keeps up. When the reader
// is behind, the printing code is held up as long as the reader keeps taking; after that output is queued, within
// limits.
import { StringDecoder } from "node:string_decoder";
import { CHUNK_CHARS, chunksOf } from "./chunks.ts";
import { toGateway } from "../border/port-messages.ts";
import type { Outbox, Waiter } from "./outbox.ts";
import { OutputQueue, type Chunk, type Descriptor } from "./output-queue.ts";
import { Printed, SENT } from "./printed.ts";

/** The options of {@link Output}. */
export interface OutputOptions {
  outbox: Outbox;
  ticket: number;
  /** How much may wait for a slow reader, in characters. */
  limitChars: number;
  /** Drop nothing: the printing code waits for the reader, and the app waits with it. Default: false. */
  lossless?: boolean;
  /** Called each time that the queue has become empty, also when its content was dropped. */
  emptied: () => void;
}

/** The output of one run or console. */
export class Output implements Waiter {
  readonly #options: OutputOptions;
  readonly #queue: OutputQueue;
  /** Only for streams that were given bytes: a character may be split across two writes. */
  readonly #decoders: Partial<Record<Descriptor, StringDecoder>> = {};
  /** The latest result of `print`, while something waits. */
  #latest: Printed | undefined;
  /** One shared result for all texts that are printed without awaiting the text before. */
  #rest: Printed | undefined;
  #isClosed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#queue = new OutputQueue(options.limitChars);
  }

  /** True while nothing waits. */
  get isEmpty(): boolean {
    return this.#queue.isEmpty;
  }

  /** Takes printed data in the forms that `stream.write` takes. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    if (this.#isUnheard) return;
    const text = typeof data === "string" ? data : (this.#decoders[descriptor] ??= new StringDecoder()).write(data);
    for (const part of chunksOf(text)) this.#send({ descriptor, text: part });
  }

  /** Takes a text that the printing code may await. */
  print(descriptor: Descriptor, text: string): PromiseLike<void> {
    if (this.#isUnheard) return SENT;
    if (text.length <= CHUNK_CHARS && !this.#mustWait) return this.#post({ descriptor, text });
    // Code that did not await the text before will not await this one, so it is held up as by `console.log`.
    if (this.#latest && !this.#latest.isAwaited) return this.#printUnawaited(descriptor, text);
    const printed = (this.#latest = new Printed());
    this.#enqueue({ descriptor, text }, printed);
    return printed;
  }

  /** Ends the output. Text that was printed before is still sent. */
  end(): void {
    for (const descriptor of [1, 2] as const) this.write(descriptor, this.#decoders[descriptor]?.end() ?? "");
    this.#isClosed = true;
  }

  /** Sends the rest at once: everything that waits becomes a gap. */
  hasten(): void {
    this.#queue.drop();
    while (!this.sendNext());
  }

  sendNext(): boolean {
    const { outbox, ticket } = this.#options;
    const { gap, chunk } = this.#queue.shift();
    if (gap) outbox.postOutput(toGateway("gap", ticket, `${gap.descriptor} ${gap.lines} ${gap.bytes}`), 0);
    else if (chunk) this.#post(chunk);
    if (!this.isEmpty) return false;
    this.#tellEmptied();
    return true;
  }

  discard(): void {
    this.#queue.clear();
    this.#tellEmptied();
  }

  #send(chunk: Chunk): void {
    if (this.#mustWait) this.#standStill();
    if (!this.#mustWait) return void this.#post(chunk);
    this.#enqueue(chunk);
  }

  #printUnawaited(descriptor: Descriptor, text: string): PromiseLike<void> {
    this.write(descriptor, text);
    if (this.isEmpty) return SENT;
    return (this.#latest = this.#rest ??= new Printed());
  }

  #enqueue(chunk: Chunk, printed?: Printed): void {
    this.#queue.push(chunk, printed);
    this.#options.outbox.wait(this);
  }

  #tellEmptied(): void {
    this.#rest?.leave();
    this.#rest = this.#latest = undefined;
    this.#options.emptied();
  }

  /** Holds the printing code up until everything that waits is sent, or the reader takes too little. */
  #standStill(): void {
    const { outbox, ticket, lossless = false } = this.#options;
    while (this.#mustWait && outbox.standStill(ticket, lossless)) outbox.resume();
  }

  #post({ descriptor, text }: Chunk): PromiseLike<void> {
    const { outbox, ticket } = this.#options;
    outbox.postOutput(toGateway("output", ticket, `${descriptor}${text}`), text.length);
    return SENT;
  }

  get #mustWait(): boolean {
    return !this.#queue.isEmpty || !this.#options.outbox.hasCredit;
  }

  get #isUnheard(): boolean {
    return this.#isClosed || this.#options.outbox.muted;
  }
}
