// What `print` returns: whoever awaits it goes on when the text has been sent, and the text is then not dropped for a slow
// reader. No promise, since with output being captured every promise costs the app more, and most are never looked at.

/** One text that was printed. */
export class Printed implements PromiseLike<void> {
  #isAwaited = false;
  #hasLeft = false;
  #waiting: (() => void)[] = [];

  /** True once somebody waits for it. */
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

  /** It has been sent, or never will be. */
  leave(): this {
    this.#hasLeft = true;
    for (const goOn of this.#waiting.splice(0)) goOn();
    return this;
  }
}

/** What has been sent already, or has nobody to be sent to. */
export const SENT: PromiseLike<void> = new Printed().leave();
