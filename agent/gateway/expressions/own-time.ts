// How long an expression has worked itself: the clock stands while it has nothing to do until a task has ended, which may take an
// hour, and while it waits for a slow reader.

/** A limit on an expression's own time. */
export class OwnTime {
  readonly #expired: () => void;
  #leftMs: number;
  #holds = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, expired: () => void) {
    this.#leftMs = limitMs;
    this.#expired = expired;
    this.#start();
  }

  /** Stops the clock until {@link release} was called as often. */
  hold(): void {
    if (++this.#holds > 1) return;
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#startedAt;
  }

  release(): void {
    if (--this.#holds === 0) this.#start();
  }

  /** From here on it never expires. */
  stop(): void {
    this.#holds = Infinity;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#expired, Math.max(0, this.#leftMs));
  }
}
