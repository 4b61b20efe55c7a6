// Holds on to what a console awaits at its top level. V8's inspector waits for the promise of the whole evaluation, and when
// that is collected as garbage, because nothing can ever settle it, it says so in the middle of the garbage collection: to a
// session of the same thread by calling JavaScript, which ends the process ("Invoke in DisallowJavascriptExecutionScope").
// What is held here keeps the evaluation that waits for it, and so its promise, alive.

/** Promises that evaluations wait for. One that never settles is held for ever: that is its price. */
export class HeldPromises {
  readonly #held = new Set<Promise<unknown>>();

  /** The value to await instead of the given one. */
  hold(value: unknown): unknown {
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
    const promise = Promise.resolve(value);
    this.#held.add(promise);
    const settled = () => void this.#held.delete(promise);
    promise.then(settled, settled);
    return promise;
  }
}
