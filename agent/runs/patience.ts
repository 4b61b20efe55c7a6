// Limits how long printing code may be held up for a reader that is behind. A reader that keeps taking costs nothing
// here. The wait for a reader that does not is limited, since the whole app stands still meanwhile.

/** How many characters a reader must take for each millisecond in which the app waits for it. */
const CHARS_PER_MS = 2048;

/** How long the readers of one connection may hold the app up in a row, and which share of the time after that. */
const ONE = { mostMs: 250, share: 0.02 };

/** The same for all connections together: readers that take nothing leave some time for readers that do. */
const ALL = { mostMs: 500, share: 0.05 };

/**
 * The same for all readers that have not yet taken more than a socket holds, which a dead reader also seems to take.
 * What they take earns no patience. A hundred of them would otherwise stop the app for seconds.
 */
const NEW = { mostMs: 100, share: 0.01 };

/** The default buffer of a Unix socket on Linux holds 208 KiB (net.core.wmem_default). */
const SOCKET_CHARS = 256 * 1024;

/** The longest wait for a reader that takes nothing, in milliseconds, if it has taken more than a socket holds, and if not. */
const NOTHING_MS = { proven: 50, new: 25 };

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

  useUp(): void {
    this.spend(this.#leftMs);
  }
}

const all = new Allowance(ALL);
const allNew = new Allowance(NEW);

/** The patience with the readers of one connection. */
export class Patience {
  readonly #own = new Allowance(ONE);
  #isProven = false;

  /**
   * How long the app may wait now until the reader takes something, in milliseconds. `takenChars`: what it has taken so
   * far.
   */
  leftMs(takenChars: number): number {
    this.#isProven ||= takenChars > SOCKET_CHARS;
    const leftMs = Math.min(this.#own.leftMs, all.leftMs);
    return this.#isProven ? Math.min(leftMs, NOTHING_MS.proven) : Math.min(leftMs, allNew.leftMs, NOTHING_MS.new);
  }

  /** Records that the app has waited, and how many characters were taken meanwhile. */
  spend(ms: number, takenChars: number): void {
    if (!this.#isProven) this.#spendOnNew(ms, takenChars);
    const lostMs = this.#isProven ? Math.max(0, ms - takenChars / CHARS_PER_MS) : ms;
    this.#own.spend(lostMs);
    all.spend(lostMs);
  }

  /** Where one new reader takes nothing, the next ones may be dead, too. */
  #spendOnNew(ms: number, takenChars: number): void {
    if (takenChars > 0) allNew.spend(ms);
    else allNew.useUp();
  }
}
