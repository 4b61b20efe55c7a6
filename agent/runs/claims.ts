// The runner's side of the tickets: whoever moves one away from QUEUED first has decided whether its request ever starts. The
// gateway's side is ../gateway/relay/tickets.ts.
import { FIRST_TICKET, HURRIED, QUEUED, STARTED, WITHDRAWN } from "../border/channel.ts";

/** The tickets of one connection, as the main thread sees them. */
export class Claims {
  readonly #states: Int32Array;

  constructor(table: SharedArrayBuffer) {
    this.#states = new Int32Array(table);
  }

  /** From here on the gateway cannot take the request back; false when it has. */
  claim(ticket: number): boolean {
    return Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, QUEUED, STARTED) === QUEUED;
  }

  /** The gateway has taken the request back. */
  isWithdrawn(ticket: number): boolean {
    return Atomics.load(this.#states, FIRST_TICKET + ticket) === WITHDRAWN;
  }

  /** What has started is to end. */
  isHurried(ticket: number): boolean {
    return Atomics.load(this.#states, FIRST_TICKET + ticket) === HURRIED;
  }
}
