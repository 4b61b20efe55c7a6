// Measures how long an expression itself has worked. The clock stops while the expression only waits for a task, which
// may take an hour, and while it waits for a slow reader.

/** The limit on an expression's own time. */
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

  /** Stops the clock until {@link release} has been called as often as this. */
  hold(): void {
    if (++this.#holds > 1) return;
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#startedAt;
  }

  release(): void {
    if (--this.#holds === 0) this.#start();
  }

  /** The limit never expires from now on. */
  stop(): void {
    this.#holds = Infinity;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#expired, Math.max(0, this.#leftMs));
  }
}
