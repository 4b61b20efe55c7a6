// The calls of one connection that may be in flight at once: what is more waits here for its turn, and not in the agent,
// which would refuse it.
import { RpcError } from "../shared/errors.ts";
import type { RunName } from "../shared/outcomes.ts";

/** Requests that are no calls, such as the cancel of one, find a place besides. */
const KEPT_FREE = 8;

/** How many calls may wait where nobody has said otherwise. */
export const DEFAULT_QUEUED = 10_000;

/** A call's turn. */
export interface Turn {
  /** Resolves when it has come; undefined where it is there. */
  comes: Promise<void> | undefined;
  /** Gives it up while it has not come. */
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

  /** Takes a place, or waits for one in the order of coming. @throws RpcError TOO_MANY when too many wait. */
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
    // One that has just been given its place gives it to the next.
    return { comes, leave: () => (this.#waiting.delete(come) ? undefined : this.giveBack()) };
  }

  /** A call has ended: the next one's turn comes. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) return void this.#taken--;
    this.#waiting.delete(next);
    next();
  }
}
