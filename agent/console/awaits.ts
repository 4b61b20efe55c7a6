// What an `await` in a console's code becomes (source.ts makes a call of it): the code is stopped there when it has kept the
// event loop from turning for too long, and at the top level what it awaits is held on to.
import { types } from "node:util";
import { HeldPromises } from "./held-promises.ts";

/** The console whose code asks. */
export interface Awaiting {
  /** False when the code must not go on; whoever waits for it has been told. */
  mayGoOn(): boolean;
  /** Its code goes on. */
  goesOn(): void;
}

type Pass = (value: unknown) => unknown;
type AnyIterable = AsyncIterable<unknown> | Iterable<unknown>;

/** The awaits of all consoles of an agent. */
export class Awaits {
  readonly #current: () => Awaiting | undefined;
  readonly #held = new HeldPromises();

  /** `current` tells whose code asks. */
  constructor(current: () => Awaiting | undefined) {
    this.#current = current;
  }

  /** The value to await in a function instead of the given one. */
  readonly pass: Pass = (value) => {
    if (this.#current()?.mayGoOn() !== false) return value;
    // Nobody will hear of it any more: its rejection must not end the app.
    if (types.isPromise(value)) void value.then(undefined, () => {});
    return new Promise(() => {}); // one for each: what waits for a shared one would never be garbage
  };

  /** The value to await at the top level instead of the given one. */
  readonly hold: Pass = (value) => this.#held.hold(this.pass(value));

  /** The awaited value: the code goes on with it. */
  readonly resume: Pass = (value) => {
    this.#current()?.goesOn();
    return value;
  };

  /** The iterable to iterate with `for await` in a function instead of the given one. */
  readonly passEach = (iterable: AnyIterable): AsyncIterable<unknown> => eachBy(this.pass, this.resume, iterable);

  /** The iterable to iterate with `for await` at the top level instead of the given one. */
  readonly holdEach = (iterable: AnyIterable): AsyncIterable<unknown> => eachBy(this.hold, this.resume, iterable);
}

function eachBy(pass: Pass, resume: Pass, iterable: AnyIterable): AsyncIterable<unknown> {
  const values = each(iterable);
  // What `pass` returns is awaited like what it was given: the same result, or nothing ever.
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
