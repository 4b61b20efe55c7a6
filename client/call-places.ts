// Limits how many calls of one connection are in flight at once. Further calls wait here, because the agent would
// refuse them.
import { RpcError } from "../shared/errors.ts";
import type { RunName } from "../shared/outcomes.ts";

/** Kept free for requests that are not calls, such as the cancel of one. */
const KEPT_FREE = 8;

/** How many calls may wait unless the caller says otherwise. */
export const DEFAULT_QUEUED = 10_000;

/** A call's turn to be sent. */
export interface Turn {
  /** Resolves when the turn has come; undefined if the call need not wait. */
  comes: Promise<void> | undefined;
  /** Stops waiting for the turn, or gives it to the next call if it has just come. */
  leave(): void;
}

/** The places of one connection. */
export class CallPlaces {
  readonly #count: number;
  readonly #most: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  /** `inFlight` is the agent's limit for requests on one connection, `queued` how many calls may wait. */
  constructor(inFlight: number, queued: number) {
    this.#count = Math.max(1, inFlight - Math.min(KEPT_FREE, Math.floor(inFlight / 4)));
    this.#most = queued;
  }

  /** Takes a place, or waits for one in the order of arrival. @throws RpcError TOO_MANY when too many wait. */
  take({ run, task }: RunName): Turn {
    if (this.#taken < this.#count) {
      this.#taken++;
      return { comes: undefined, leave: () => this.giveBack() };
    }
    if (this.#waiting.size >= this.#most) {
      const reason = `${this.#taken} calls are in flight on this connection, and ${this.#waiting.size} wait`;
      throw new RpcError("TOO_MANY", `Cannot call "${task}": ${reason}`, { run, state: "not-started" });
    }
    let come = () => {};
    const comes = new Promise<void>((resolve) => (come = resolve));
    this.#waiting.add(come);
    // If this call has just been given a place, the next one gets it.
    return { comes, leave: () => (this.#waiting.delete(come) ? undefined : this.giveBack()) };
  }

  /** A call has ended: the next call in line gets its place. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) return void this.#taken--;
    this.#waiting.delete(next);
    next();
  }
}
