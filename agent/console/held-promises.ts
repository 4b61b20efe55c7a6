// Keeps the promises alive that a console awaits at its top level. V8's inspector waits for the promise of the whole
// evaluation. If that is collected as garbage, because nothing can settle it, V8 reports this during the garbage
// collection. In a session on the same thread that calls JavaScript, which ends the process ("Invoke in
// DisallowJavascriptExecutionScope"). A held promise keeps the evaluation that waits for it alive, and so the
// evaluation's promise. The same happens to an evaluation that has settled, in the moment before V8 has answered it, so
// its promise is held, too.
import { promiseHooks } from "node:v8";

/** Promises that evaluations wait for. The cost: a promise that never settles is held for ever. */
export class HeldPromises {
  readonly #held = new Set<Promise<unknown>>();

  /** Returns the value to await in place of the given one. */
  hold(value: unknown): unknown {
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
    const promise = Promise.resolve(value);
    this.#held.add(promise);
    const settled = () => void this.#held.delete(promise);
    promise.then(settled, settled);
    return promise;
  }
}

/** The promises of evaluations that V8 has not answered yet. */
const unanswered = new Set<unknown>();

/** Evaluates, and holds the evaluation's own promise until `answered` was called. */
export function holdUntilAnswered(evaluate: (answered: () => void) => void): void {
  let held: unknown;
  // V8 makes this promise before the code executes, and shows it nowhere else.
  const stop = promiseHooks.onInit((promise) => {
    stop();
    held = promise;
    unanswered.add(promise);
  }) as () => void;
  // V8 still refers to the promise while it answers.
  evaluate(() => setImmediate(() => unanswered.delete(held)));
  stop(); // no promise was made if the code could not be compiled
}
