// One evaluation of a console while it waits for the main thread: its limit is held here, and an interrupt comes from here,
// since the main thread hears of neither while the evaluated code keeps it busy.
import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "../../shared/errors.ts";
import { EXECUTING, EXECUTING_SINCE, STOPPED_BY, STOPPED_BY_INTERRUPT, STOPPED_BY_LIMIT } from "./channel.ts";
import { monotonicMs } from "./pulse.ts";
import type { StopVerdict } from "./stop-execution.ts";

/** How often an evaluation that does not execute is looked at again: it may go on executing after an `await`. */
const LOOK_EVERY_MS = 250;

/** How long an interrupt goes on trying. */
const INTERRUPT_LIMIT_MS = 3000;

/** Between two attempts. */
const RETRY_MS = 25;

/** What makes an {@link ConsoleEvaluation}. */
export interface ConsoleEvaluationOptions {
  ticket: number;
  console: string;
  /** How long it may execute at a time. */
  limitMs: number;
  /** The connection's table. */
  cells: Int32Array;
  /** Tries once to stop what executes. */
  stop(isExecuting: () => boolean, mark: () => void): Promise<StopVerdict>;
  /** Asks the main thread to abandon what it awaits. */
  abandon(): void;
}

/** An evaluation in flight. */
export class ConsoleEvaluation {
  readonly console: string;
  readonly #options: ConsoleEvaluationOptions;
  #ended = false;
  #timer: NodeJS.Timeout;

  constructor(options: ConsoleEvaluationOptions) {
    this.console = options.console;
    this.#options = options;
    this.#timer = setTimeout(() => void this.#watch(), options.limitMs);
  }

  /** For how long it has kept the main thread busy; undefined when it does not. */
  get executingMs(): number | undefined {
    const { cells, ticket } = this.#options;
    if (Atomics.load(cells, EXECUTING) !== ticket + 1) return undefined;
    return Math.max(0, ((monotonicMs() | 0) - Atomics.load(cells, EXECUTING_SINCE)) | 0);
  }

  /** The main thread has answered. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /**
   * Resolves when the evaluation has ended.
   *
   * @throws RpcError STALLED when it cannot be ended without harm to the app.
   */
  async interrupt(): Promise<void> {
    this.#options.abandon();
    for (const giveUpAt = Date.now() + INTERRUPT_LIMIT_MS; Date.now() < giveUpAt; await sleep(RETRY_MS)) {
      if (this.#ended) return;
      if (this.executingMs !== undefined) await this.#stop(STOPPED_BY_INTERRUPT);
    }
    throw new RpcError(
      "STALLED",
      "Cannot interrupt the evaluation without harm to the app: it is inside native code, or goes on after an await (remsh stack shows where)",
    );
  }

  async #watch(): Promise<void> {
    const leftMs = this.#options.limitMs - (this.executingMs ?? this.#options.limitMs - LOOK_EVERY_MS);
    if (leftMs <= 0) await this.#stop(STOPPED_BY_LIMIT);
    if (!this.#ended) this.#timer = setTimeout(() => void this.#watch(), Math.max(RETRY_MS, leftMs));
  }

  async #stop(reason: number): Promise<void> {
    const { cells } = this.#options;
    await this.#options.stop(
      () => this.executingMs !== undefined,
      () => Atomics.store(cells, STOPPED_BY, reason),
    );
  }
}
