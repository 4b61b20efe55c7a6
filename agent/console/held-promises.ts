// Keeps the promises alive that a console awaits at its top level. V8's inspector waits for the promise of the whole
// evaluation. If that is collected as garbage, because nothing can settle it, V8 reports this during the garbage
// collection. In a session on the same thread that calls JavaScript, which ends the process ("Invoke in
// DisallowJavascriptExecutionScope"). A held promise keeps the evaluation that waits for it alive, and so the
// evaluation's promise.

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
