// Gives one ticket to each request that waits for the main thread. Its state lives in shared memory, so that "it never
// started" is certain: the side that first moves the ticket away from QUEUED decides.
import { ACKNOWLEDGED, FIRST_TICKET, HURRIED, QUEUED, STARTED, WITHDRAWN } from "../../border/channel.ts";

/** The tickets of one connection. */
export class Tickets {
  readonly table: SharedArrayBuffer;
  readonly #states: Int32Array;
  readonly #free: number[];

  constructor(count: number) {
    this.table = new SharedArrayBuffer((FIRST_TICKET + count) * Int32Array.BYTES_PER_ELEMENT);
    this.#states = new Int32Array(this.table);
    this.#free = Array.from({ length: count }, (_, index) => count - 1 - index);
  }

  /** A ticket in state QUEUED, or undefined when all are in use. */
  take(): number | undefined {
    const ticket = this.#free.pop();
    if (ticket !== undefined) Atomics.store(this.#states, FIRST_TICKET + ticket, QUEUED);
    return ticket;
  }

  /** Frees a ticket. Call this only when the runner no longer needs it. */
  release(ticket: number): void {
    this.#free.push(ticket);
  }

  /** Whether the runner has begun the request; undefined when it never will. */
  isStarted(ticket: number): boolean | undefined {
    const state = Atomics.load(this.#states, FIRST_TICKET + ticket);
    return state === WITHDRAWN ? undefined : state !== QUEUED;
  }

  /** Withdraws a request before the runner starts it; false when it has started. */
  withdraw(ticket: number): boolean {
    return Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, QUEUED, WITHDRAWN) === QUEUED;
  }

  /**
   * Tells a started request to end. If its output holds the main thread up for a slow reader, the main thread
   * continues.
   */
  hurry(ticket: number): void {
    if (Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, STARTED, HURRIED) !== STARTED) return;
    Atomics.notify(this.#states, ACKNOWLEDGED);
  }
}
