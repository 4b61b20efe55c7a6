// How long code that prints may be held up for a reader that is behind. A reader that takes what it is given costs nothing
// here; one that does not is waited for only so long, since meanwhile the whole app stands still.

/** What a reader must take, in characters, for a millisecond in which the app waits for it. */
const CHARS_PER_MS = 2048;

/** What the readers of one connection may cost in a row, and what share of the time after that. */
const ONE = { mostMs: 250, share: 0.02 };

/** The same of all connections together: those that take nothing leave something for one that reads. */
const ALL = { mostMs: 500, share: 0.05 };

class Allowance {
  readonly #mostMs: number;
  readonly #share: number;
  #leftMs: number;
  #at = performance.now();
  /** Used up: a slow reader must not go on taking each millisecond as it comes back. */
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

/** With the readers of one connection. */
export class Patience {
  readonly #own = new Allowance(ONE);

  /** For how long the app may wait now, in milliseconds. */
  get leftMs(): number {
    return Math.min(this.#own.leftMs, all.leftMs);
  }

  /** It has waited, and meanwhile so many characters were taken. */
  spend(ms: number, takenChars: number): void {
    const lostMs = Math.max(0, ms - takenChars / CHARS_PER_MS);
    this.#own.spend(lostMs);
    all.spend(lostMs);
  }
}
