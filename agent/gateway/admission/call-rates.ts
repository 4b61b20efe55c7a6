// Limits how often one connection may call the app, and how often all of them may. Honest clients stay far below. A
// flood of calls is refused here, where it costs the app nothing.
import type { Duplex } from "node:stream";
import { RpcError } from "../../../shared/errors.ts";
import { formatDuration } from "../../../shared/duration.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";

/** The rate is averaged over this many seconds, since a deploy script may begin with many calls. */
const SECONDS = 10;

/** The error that adding fractions of calls may cause. */
const ROUNDING_MS = 0.001;

/** A bucket that refills at the allowed rate. Each call takes one unit. */
class Rate {
  readonly #perMs: number;
  readonly #most: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: () => number) {
    this.#perMs = perSecond / 1000;
    this.#most = this.#left = perSecond * SECONDS;
    this.#now = now;
    this.#at = now();
  }

  /** Takes one unit. Returns 0, or the time until one is there, in milliseconds. */
  take(): number {
    // The clock is read only when the bucket is empty, not for each call: at worst a burst is twice as long.
    if (this.#left < 1) this.#fill();
    if (this.#left < 1) return (1 - this.#left) / this.#perMs;
    this.#left--;
    return 0;
  }

  /** Takes back the last {@link take}, for a call that was refused. */
  giveBack(): void {
    this.#left++;
  }

  #fill(): void {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}

/** The call rates of one agent's connections. */
export class CallRates {
  readonly #limits: CallLimits;
  readonly #now: () => number;
  readonly #all: Rate;
  readonly #own = new WeakMap<Duplex, Rate>();

  constructor(limits: CallLimits, now = monotonicMs) {
    this.#limits = limits;
    this.#now = now;
    this.#all = new Rate(limits.allCallsPerSecond, now);
  }

  /**
   * Counts a call of the connection. A call of an expression has no connection.
   *
   * @throws RpcError TOO_MANY when there are too many calls.
   */
  count(connection: Duplex | undefined): void {
    const { callsPerSecond, allCallsPerSecond } = this.#limits;
    const rate = connection && this.#rateOf(connection);
    const own = rate?.take() ?? 0;
    if (own > 0)
      throw tooMany(`this connection has had its ${callsPerSecond.toLocaleString("en")} calls a second`, own);
    const all = this.#all.take();
    if (all === 0) return;
    rate?.giveBack();
    throw tooMany(`all connections have had their ${allCallsPerSecond.toLocaleString("en")} calls a second`, all);
  }

  #rateOf(connection: Duplex): Rate {
    const known = this.#own.get(connection);
    if (known) return known;
    const rate = new Rate(this.#limits.callsPerSecond, this.#now);
    this.#own.set(connection, rate);
    return rate;
  }
}

type CallLimits = Pick<Limits, "callsPerSecond" | "allCallsPerSecond">;

function tooMany(reason: string, waitMs: number): RpcError {
  const sentence = `Cannot take the request: ${reason} (try again in ${formatDuration(Math.max(1, Math.ceil(waitMs - ROUNDING_MS)))})`;
  return new RpcError("TOO_MANY", sentence, { state: "not-started" });
}
