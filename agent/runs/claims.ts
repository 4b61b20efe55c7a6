// The runner's side of the tickets: the side that first moves a ticket away from QUEUED decides whether its request
// ever starts. The gateway's side is ../gateway/relay/tickets.ts.
import { FIRST_TICKET, HURRIED, QUEUED, STARTED, WITHDRAWN } from "../border/channel.ts";

/** The tickets of one connection, as the main thread sees them. */
export class Claims {
  readonly #states: Int32Array;

  constructor(table: SharedArrayBuffer) {
    this.#states = new Int32Array(table);
  }

  /** After this the gateway cannot withdraw the request. False when the gateway has already withdrawn it. */
  claim(ticket: number): boolean {
    return Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, QUEUED, STARTED) === QUEUED;
  }

  /** True when the gateway has withdrawn the request. */
  isWithdrawn(ticket: number): boolean {
    return Atomics.load(this.#states, FIRST_TICKET + ticket) === WITHDRAWN;
  }

  /** True when a request that has started must end. */
  isHurried(ticket: number): boolean {
    return Atomics.load(this.#states, FIRST_TICKET + ticket) === HURRIED;
  }
}
