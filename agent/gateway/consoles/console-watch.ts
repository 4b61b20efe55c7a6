// Watches one evaluation of a console. The gateway enforces its limit and sends its interrupts, since the main thread
// cannot receive either while the evaluated code keeps it busy.
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../../../shared/duration.ts";
import { RpcError } from "../../../shared/errors.ts";
import { within } from "../../../shared/within.ts";
import {
  EXECUTING,
  EXECUTING_SINCE,
  STOPPED_BY,
  STOPPED_BY_INTERRUPT,
  STOPPED_BY_LIMIT,
  STOP_OCCUPYING,
} from "../../border/channel.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";
import { msSince } from "../admission/pulse.ts";
import type { StopVerdict } from "../inspection/stop-execution.ts";

/** How often an evaluation that is not executing is checked again: it may continue to execute after an `await`. */
const CHECK_EVERY_MS = 250;

/**
 * A console that blocks the event loop for this long gets a warning: it may be the last message that reaches the
 * console.
 */
const TOLD_AFTER_MS = 1000;

/** How long an interrupt keeps trying. */
export const INTERRUPT_LIMIT_MS = 3000;

/** The pause between two attempts. */
const RETRY_MS = 25;

/** The options of {@link ConsoleWatch}. */
export interface ConsoleWatchOptions {
  /** The ticket of the evaluation. */
  ticket: number;
  console: string;
  /** The ticket of the request that opened the console. */
  consoleTicket: number;
  /** How long the code may execute without a pause. */
  limitMs: number;
  /** The connection's table. */
  cells: Int32Array;
  /** Tries once to stop the executing code. */
  stop(isExecuting: () => boolean, mark: () => void): Promise<StopVerdict>;
  /** Asks the main thread to abandon what the evaluation awaits. */
  abandon(): void;
  /** How long the console's code has kept the event loop from turning after an `await`; undefined if it has not. */
  occupiedMs(): number | undefined;
  /** Prints a sentence in the console. */
  say(sentence: string): void;
}

/** Watches one evaluation in flight. */
export class ConsoleWatch {
  readonly console: string;
  readonly #options: ConsoleWatchOptions;
  #ended = false;
  #timer: NodeJS.Timeout;
  readonly #checks: NodeJS.Timeout;

  constructor(options: ConsoleWatchOptions) {
    this.console = options.console;
    this.#options = options;
    this.#timer = setTimeout(() => void this.#watch(), options.limitMs);
    this.#checks = setInterval(() => this.#warn(), CHECK_EVERY_MS);
  }

  /** How long the evaluation has kept the main thread busy; undefined when it does not. */
  get executingMs(): number | undefined {
    const { cells, ticket } = this.#options;
    if (Atomics.load(cells, EXECUTING) !== ticket + 1) return undefined;
    return msSince(cells, EXECUTING_SINCE);
  }

  /** True when its code keeps the main thread busy, in one piece or from one `await` to the next. */
  get isBusy(): boolean {
    return this.executingMs !== undefined || this.#options.occupiedMs() !== undefined;
  }

  /** Called when the main thread has answered. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearInterval(this.#checks);
  }

  /**
   * Resolves when the evaluation has ended.
   *
   * @throws RpcError STALLED when it cannot be ended without harm to the app.
   */
  async interrupt(limitMs = INTERRUPT_LIMIT_MS): Promise<void> {
    this.#options.abandon();
    const giveUpAt = monotonicMs() + limitMs;
    for (; monotonicMs() < giveUpAt; await sleep(RETRY_MS)) {
      if (this.#ended) return;
      // An attempt inside native code holds up all later ones until that code returns.
      if (this.executingMs !== undefined)
        await within(giveUpAt - monotonicMs(), this.#stop(STOPPED_BY_INTERRUPT, giveUpAt));
      // Takes effect at the next `await`, and is cleared when the event loop turns.
      else Atomics.store(this.#options.cells, STOP_OCCUPYING, this.#options.consoleTicket + 1);
    }
    if (this.#ended) return;
    throw new RpcError(
      "STALLED",
      "Cannot interrupt the evaluation without harm to the app: it is inside native code, or does not come to its next await (remsh stack shows where)",
    );
  }

  /**
   * Code that executes is stopped at its limit. Code that continues after an `await` may not be stopped, so its console
   * gets a warning.
   */
  #warn(): void {
    const ms = this.#options.occupiedMs();
    if (this.executingMs !== undefined || ms === undefined || ms < TOLD_AFTER_MS) return;
    clearInterval(this.#checks);
    this.#options.say(`This console has kept the app's event loop from turning for ${formatDuration(ms)}`);
  }

  async #watch(): Promise<void> {
    const { limitMs } = this.#options;
    const leftMs = limitMs - (this.executingMs ?? limitMs - CHECK_EVERY_MS);
    if (leftMs <= 0) await this.#stop(STOPPED_BY_LIMIT).catch(() => {}); // the next check tries again
    if (!this.#ended) this.#timer = setTimeout(() => void this.#watch(), Math.max(RETRY_MS, leftMs));
  }

  /** Tries once. After `giveUpAt` it stops nothing: the caller has the answer that the code continues. */
  async #stop(reason: number, giveUpAt = Infinity): Promise<void> {
    const { cells } = this.#options;
    await this.#options.stop(
      () => this.executingMs !== undefined && monotonicMs() < giveUpAt,
      () => Atomics.store(cells, STOPPED_BY, reason),
    );
  }
}
