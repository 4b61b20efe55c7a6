// Limits how long printing code may be held up for a reader that is behind. A reader that keeps taking costs nothing
// here. The wait for a reader that does not is limited, since the whole app stands still meanwhile.

/** How many characters a reader must take for each millisecond in which the app waits for it. */
const CHARS_PER_MS = 2048;

/** How long the readers of one connection may hold the app up in a row, and which share of the time after that. */
const ONE = { mostMs: 250, share: 0.02 };

/** The same for all connections together: readers that take nothing leave some time for readers that do. */
const ALL = { mostMs: 500, share: 0.05 };

class Allowance {
  readonly #mostMs: number;
  readonly #share: number;
  #leftMs: number;
  #at = performance.now();
  /** True when used up: a slow reader must not take each millisecond as soon as it comes back. */
  #isUsedUp = false;

  constructor({ mostMs, share }: typeof ONE) {
    this.#mostMs = this.#leftMs = mostMs;
    this.#share = share;
  }

  get leftMs(): number {
    const now = performance.now();
    this.#leftMs = Math.min(this.#mostMs, this.#leftMs + (now - this.#at) * this.#share);
    this.#at = now;
    if (this.#leftMs > this.#mostMs / 2) this.#isUsedUp = false;
    return this.#isUsedUp ? 0 : this.#leftMs;
  }

  spend(ms: number): void {
    this.#leftMs -= ms;
    if (this.#leftMs <= 0) this.#isUsedUp = true;
  }
}

const all = new Allowance(ALL);

/** The patience with the readers of one connection. */
export class Patience {
  readonly #own = new Allowance(ONE);

  /** How long the app may wait now, in milliseconds. */
  get leftMs(): number {
    return Math.min(this.#own.leftMs, all.leftMs);
  }

  /** Records that the app has waited, and how many characters were taken meanwhile. */
  spend(ms: number, takenChars: number): void {
    const lostMs = Math.max(0, ms - takenChars / CHARS_PER_MS);
    this.#own.spend(lostMs);
    all.spend(lostMs);
  }
}
