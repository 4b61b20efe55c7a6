// A promise that knows whether it is awaited: if a task is called and fails, the failure must be reported.

/** Behaves and looks like any other promise. */
export class ObservedPromise<Value> extends Promise<Value> {
  static {
    void Object.defineProperty(this, "name", { value: "Promise" });
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #isObserved = false;

  /** True when the promise is awaited, or its `then`, `catch` or `finally` was called. */
  static isObserved(promise: ObservedPromise<unknown>): boolean {
    return promise.#isObserved;
  }

  override then<A = Value, B = never>(
    onFulfilled?: ((value: Value) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isObserved = true;
    return super.then(onFulfilled, onRejected);
  }
}
