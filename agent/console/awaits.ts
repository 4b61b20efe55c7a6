// Replaces each `await` in a console's code (source.ts makes it a call of this). Code that has kept the event loop from
// turning for too long is stopped there, and values that are awaited at the top level are kept alive.
import { types } from "node:util";
import { HeldPromises } from "./held-promises.ts";

/** The console whose code calls this. */
export interface Awaiting {
  /** False when the code must not continue. The caller that waits for it has then been answered. */
  mayGoOn(): boolean;
  /** Called when the console's code continues. */
  goesOn(): void;
}

type Pass = (value: unknown) => unknown;
type AnyIterable = AsyncIterable<unknown> | Iterable<unknown>;

/** The awaits of all consoles of an agent. */
export class Awaits {
  readonly #current: () => Awaiting | undefined;
  readonly #held = new HeldPromises();

  /** `current` returns the console whose code is executing. */
  constructor(current: () => Awaiting | undefined) {
    this.#current = current;
  }

  /** Returns the value to await in place of the given one, inside a function. */
  readonly pass: Pass = (value) => {
    if (this.#current()?.mayGoOn() !== false) return value;
    // The code stops here, so a later rejection would be unhandled, and would end the app.
    if (types.isPromise(value)) void value.then(undefined, () => {});
    return new Promise(() => {}); // a new one each time: code that waits for a shared one could never be collected
  };

  /** Returns the value to await in place of the given one, at the top level. */
  readonly hold: Pass = (value) => this.#held.hold(this.pass(value));

  /** Called with the awaited value when the code continues. */
  readonly resume: Pass = (value) => {
    this.#current()?.goesOn();
    return value;
  };

  /** Returns the iterable for `for await` in place of the given one, inside a function. */
  readonly passEach = (iterable: AnyIterable): AsyncIterable<unknown> => eachBy(this.pass, this.resume, iterable);

  /** Returns the iterable for `for await` in place of the given one, at the top level. */
  readonly holdEach = (iterable: AnyIterable): AsyncIterable<unknown> => eachBy(this.hold, this.resume, iterable);
}

function eachBy(pass: Pass, resume: Pass, iterable: AnyIterable): AsyncIterable<unknown> {
  const values = each(iterable);
  // Awaiting the result of `pass` is like awaiting its argument, or it never settles.
  const step = (promise: Promise<IteratorResult<unknown>>) =>
    pass(promise.then(resume)) as Promise<IteratorResult<unknown>>;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => step(values.next()),
      return: () => step(values.return(undefined)),
    }),
  };
}

async function* each(iterable: AnyIterable): AsyncGenerator<unknown, undefined> {
  for await (const value of iterable) yield value;
}
