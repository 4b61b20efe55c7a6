// Shares the turns of one event loop among many ports: in each turn all of them together have little time, and they
// take turns.

/** How long the ports may keep one turn of the event loop busy, together. */
const TURN_MS = 2;

/** A port's function that handles its next texts, called when it is the port's turn. */
type HearNext = () => void;

/**
 * Decides when a port may handle texts. At least one text is handled in each turn, so one that takes long delays the
 * others, but does not stop them.
 */
export class Turns {
  /** The ports that have texts, the one that has waited longest first. */
  readonly #waiting = new Set<HearNext>();
  /** Undefined until something is handled in this turn. */
  #endsAt: number | undefined;
  #count = 0;

  /** Counts the turns in which something was handled. */
  get count(): number {
    return this.#count;
  }

  /** True if a port may handle a text now. */
  mayBegin(): boolean {
    if (this.#isOver) return false;
    this.#begin();
    return true;
  }

  /** Has the port called in its turn: after all ports that already wait. */
  wait(port: HearNext): void {
    this.#begin();
    this.#waiting.add(port);
  }

  /** The time runs from the first text. Node handles all messages that have arrived before it comes to an immediate. */
  #begin(): void {
    if (this.#endsAt !== undefined) return;
    this.#endsAt = performance.now() + TURN_MS;
    this.#count++;
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#endsAt = undefined;
    if (this.#waiting.size > 0) this.#serve(this.#waiting.size);
  }

  /** Each port once. Those that are not reached keep their places. */
  #serve(ports: number): void {
    const [first] = this.#waiting;
    if (first === undefined || ports === 0 || this.#isOver) return;
    this.#waiting.delete(first);
    try {
      first();
    } finally {
      // What the texts have begun continues in microtasks, and their time counts, too: a tick asked for in a microtask
      // comes after all of them.
      queueMicrotask(() => process.nextTick(() => this.#serve(ports - 1)));
    }
  }

  /** True if this turn's time is used up. */
  get #isOver(): boolean {
    return this.#endsAt !== undefined && performance.now() >= this.#endsAt;
  }
}
