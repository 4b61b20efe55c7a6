// The result of `print`. It resolves when the text has been sent, and an awaited text is not dropped for a slow reader.
// It is not a promise: while output is captured every promise costs the app more, and most results are never used.

/** One text that was printed. */
export class Printed implements PromiseLike<void> {
  #isAwaited = false;
  #hasLeft = false;
  #waiting: (() => void)[] = [];

  /** True once code awaits it. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  then<Result1 = void, Result2 = never>(
    onFulfilled?: (() => Result1 | PromiseLike<Result1>) | null,
    onRejected?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Promise<Result1 | Result2> {
    this.#isAwaited = true;
    const left = new Promise<void>((resolve) => (this.#hasLeft ? resolve() : this.#waiting.push(resolve)));
    return left.then(onFulfilled, onRejected);
  }

  /** Called when the text has been sent, or will never be sent. */
  leave(): this {
    this.#hasLeft = true;
    for (const goOn of this.#waiting.splice(0)) goOn();
    return this;
  }
}

/** The result for a text that was sent at once, or whose caller is gone. */
export const SENT: PromiseLike<void> = new Printed().leave();
