// What a console's code prints, for as long as the console is open: in order, and an answer never before what was printed
// until then. The console's ticket carries it, which unlike a run's lives on after the first answer.
import { StringDecoder } from "node:string_decoder";
import { chunksOf } from "../../shared/chunks.ts";
import type { Outbox, Waiter } from "../outbox.ts";
import { OutputQueue, type Descriptor } from "../output-queue.ts";

/** One console's output. */
export class ConsoleOutput implements Waiter {
  readonly #outbox: Outbox;
  readonly #ticket: number;
  readonly #queue: OutputQueue;
  readonly #decoders: Record<Descriptor, StringDecoder> = { 1: new StringDecoder(), 2: new StringDecoder() };
  #answers: (() => void)[] = [];
  #closed = false;

  constructor(outbox: Outbox, ticket: number, limitChars: number) {
    this.#outbox = outbox;
    this.#ticket = ticket;
    this.#queue = new OutputQueue(limitChars);
  }

  /** Takes what was printed, as `stream.write` was given it. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    if (this.#closed || this.#outbox.muted) return;
    const text = typeof data === "string" ? data : this.#decoders[descriptor].write(data);
    for (const part of chunksOf(text)) this.#send(descriptor, part);
  }

  /** A task that a console called may report how far it has come; a console has no place for that. */
  progress(): void {}

  /** Sends an answer after all that was printed before it; `hurried` when nothing may hold it back. */
  answer(post: () => void, { hurried = false } = {}): void {
    this.#answers.push(post);
    if (hurried) {
      this.#queue.drop();
      while (!this.sendNext());
    } else if (this.#queue.isEmpty) this.#postAnswers();
  }

  /** Nothing that is printed from here on belongs to the console. */
  close(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#postAnswers();
  }

  sendNext(): boolean {
    const { gap, chunk } = this.#queue.shift();
    if (gap) this.#outbox.postOutput(`G${this.#ticket} ${gap.lines} ${gap.bytes}`, 0);
    else if (chunk) this.#post(chunk.descriptor, chunk.text);
    if (!this.#queue.isEmpty) return false;
    this.#postAnswers();
    return true;
  }

  discard(): void {
    this.#queue.clear();
    this.#postAnswers();
  }

  #send(descriptor: Descriptor, text: string): void {
    if (this.#queue.isEmpty && this.#outbox.hasCredit) return this.#post(descriptor, text);
    this.#queue.push({ descriptor, text });
    this.#outbox.wait(this);
  }

  #post(descriptor: Descriptor, text: string): void {
    this.#outbox.postOutput(`O${this.#ticket} ${descriptor}${text}`, text.length);
  }

  #postAnswers(): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const post of answers) post();
  }
}
