// A promise that knows whether anybody waits for it: a task that is called and fails must not fail unheard.

/** Behaves and looks as any other promise. */
export class ObservedPromise<Value> extends Promise<Value> {
  static {
    void Object.defineProperty(this, "name", { value: "Promise" });
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #isObserved = false;

  /** Somebody awaits it, or has called its `then`, `catch` or `finally`. */
  static isObserved(promise: ObservedPromise<unknown>): boolean {
    return promise.#isObserved;
  }

  /** Tells one from other promises; `instanceof` does not inside a sandbox, where vm2 lets it say what it says of Promise. */
  static is(value: object): value is ObservedPromise<unknown> {
    return #isObserved in value;
  }

  override then<A = Value, B = never>(
    onFulfilled?: ((value: Value) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isObserved = true;
    return super.then(onFulfilled, onRejected);
  }
}
