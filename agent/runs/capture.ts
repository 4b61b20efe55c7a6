// Sends a task's output to its caller: whatever the task prints, at any depth of its async calls, also goes to the run,
// as with Erlang's group leader. Only this file replaces methods of the app's streams, and it also restores them.
import { AsyncLocalStorage } from "node:async_hooks";
import { types } from "node:util";
import type { Descriptor } from "./output-queue.ts";

/** The parts of a run that output capture needs. */
export interface Capturing {
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void;
}

/** How long attribution stays on after the last run. */
const LINGER_MS = 20;

/** A stream whose `write` passes on its arguments as they came: that of Node's streams is overloaded. */
export interface AnyWriter {
  write(...args: unknown[]): boolean;
}

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

  /** Executes `code` as part of the run. `release` must be called when the run has ended. */
  enter<Result>(run: Run, code: () => Result): Result {
    this.#inFlight++;
    if (this.#undo.length === 0) this.#undo = [this.#tap(process.stdout, 1), this.#tap(process.stderr, 2)];
    return this.#storage.run(run, code);
  }

  /**
   * Keeps attribution on for output that a console's code may print long after its evaluation. `release` must be called
   * later.
   */
  keep(): void {
    this.#inFlight++;
  }

  /** Called when a run has ended, or when a console was closed. */
  release(): void {
    // On Node 20 and 22, a storage that has run once slows every await of the app until it is disabled. Switching it
    // costs more than a short run does, and calls often come in series, so it stays on for a moment.
    if (--this.#inFlight === 0) this.#resting ??= setTimeout(() => this.#rest(), LINGER_MS).unref();
  }

  /** Restores the app's streams. */
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

  #tap(stream: AnyWriter, descriptor: Descriptor): () => void {
    // Called with the stream as `this` below, as the stream's own method expects.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original = stream.write;
    const own = Object.hasOwn(stream, "write");
    const tapped = (...args: unknown[]): boolean => {
      // The app's own stream comes first: if it throws, the app gets the error, and there is nothing to capture.
      const flushed = original.apply(stream, args);
      this.#keep(descriptor, args[0], args[1]);
      return flushed;
    };
    stream.write = tapped;
    return () => {
      // If other code has wrapped the stream after us, our function stays in the chain and passes everything through.
      if (stream.write !== tapped) return;
      if (own) stream.write = original;
      else Reflect.deleteProperty(stream, "write");
    };
  }

  #keep(descriptor: Descriptor, data: unknown, encoding: unknown): void {
    const run = this.current;
    if (run === undefined) return;
    if (types.isArrayBufferView(data)) run.write(descriptor, data);
    if (typeof data !== "string") return;
    // `write("ff", "hex")` and similar: bytes in another notation.
    const isBytes = typeof encoding === "string" && Buffer.isEncoding(encoding) && !/^utf-?8$/i.test(encoding);
    run.write(descriptor, isBytes ? Buffer.from(data, encoding) : data);
  }
}
