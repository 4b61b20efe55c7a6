// A task's output follows its caller: whatever it prints, from any depth of its async calls, also goes to the run it
// belongs to, as with Erlang's group leader. The one file that touches the app's streams, and the one that undoes it.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Descriptor } from "./output-queue.ts";

/** A run, as far as its output and its context go. */
export interface Capturing {
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void;
}

/** How long after the last run attribution stays switched on. */
const LINGER_MS = 20;

type Write = typeof process.stdout.write;

/** Attributes output to runs of type `Run`. */
export class Capture<Run extends Capturing> {
  readonly #storage = new AsyncLocalStorage<Run>();
  #undo: (() => void)[] = [];
  #inFlight = 0;
  #resting: NodeJS.Timeout | undefined;

  /** The run whose code is executing, if any. */
  get current(): Run | undefined {
    return this.#inFlight === 0 ? undefined : this.#storage.getStore();
  }

  /** Executes `code` as part of the run; `release` must follow when the run has ended. */
  enter<Result>(run: Run, code: () => Result): Result {
    this.#inFlight++;
    if (this.#undo.length === 0) this.#undo = [this.#tap(process.stdout, 1), this.#tap(process.stderr, 2)];
    return this.#storage.run(run, code);
  }

  /** Keeps attribution on for what a console's code may print long after its evaluation; `release` must follow. */
  keep(): void {
    this.#inFlight++;
  }

  /** A run has ended, or a console closed. */
  release(): void {
    // On Node 20 and 22 a storage that has once run slows every await of the app down until it is disabled. Switching it
    // costs more than a short run, and calls come in rows: it stays on for a moment.
    if (--this.#inFlight === 0) this.#resting ??= setTimeout(() => this.#rest(), LINGER_MS).unref();
  }

  /** Gives the app its streams back as they were. */
  close(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    if (this.#inFlight === 0) this.#storage.disable();
  }

  #tap(stream: NodeJS.WriteStream, descriptor: Descriptor): () => void {
    // Called with the stream as `this` below, as the stream's own method expects.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original: Write = stream.write;
    const own = Object.hasOwn(stream, "write");
    const tapped = (...args: Parameters<Write>): boolean => {
      // First the app's own stream: what it refuses, it refuses to the app, and there is nothing to keep.
      const flushed = original.apply(stream, args);
      this.#keep(descriptor, args[0], args[1]);
      return flushed;
    };
    // An overloaded method: the implementation passes on whatever it was given.
    stream.write = tapped as Write;
    return () => {
      // When somebody has tapped the stream after us, ours stays in the chain and passes everything through.
      if (stream.write !== tapped) return;
      if (own) stream.write = original;
      else Reflect.deleteProperty(stream, "write");
    };
  }

  #keep(descriptor: Descriptor, data: string | Uint8Array, encoding: unknown): void {
    const run = this.current;
    if (run === undefined) return;
    const isText = typeof data !== "string" || typeof encoding !== "string" || /^utf-?8$/i.test(encoding);
    // `write("ff", "hex")` and the like: bytes in another notation.
    run.write(descriptor, isText ? data : Buffer.from(data, encoding as BufferEncoding));
  }
}
