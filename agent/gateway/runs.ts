// Answers `runs` and `cancel` for the whole agent: the runner's runs, runs that wait for the runner, and expressions.
import { setTimeout as sleep } from "node:timers/promises";
import { errorAnswer, resultAnswer, type Answer } from "../../shared/messages/answer.ts";
import type { RpcError } from "../../shared/errors.ts";
import type { CancelResult, RunDescription, RunsResult } from "../../shared/messages/messages.ts";
import type { AppState } from "./admission/app-state.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";
import type { BusyConsoles } from "./consoles/busy-consoles.ts";
import { INTERRUPT_LIMIT_MS, type ConsoleWatch } from "./consoles/console-watch.ts";
import type { ExpressionRuns } from "./expressions/expression-runs.ts";
import type { Relays } from "./relay/relays.ts";

/** How often the main thread is asked whether an interrupted console evaluation has ended. */
const ASK_EVERY_MS = 50;

/** A run to cancel, and how long its caller waits for that. */
export interface Cancellation {
  run: string;
  waitMs: number;
}

/** The places that runs are in. */
export interface RunsOptions {
  app: AppState;
  relays: Relays;
  expressions: ExpressionRuns;
  consoles: BusyConsoles;
}

/** The runs of the agent. */
export class Runs {
  readonly #options: RunsOptions;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** The runs that the gateway itself knows, while the event loop does not turn; else undefined. */
  get whileStalled(): RunsResult | undefined {
    const { app, relays, expressions } = this.#options;
    const { stalledMs } = app;
    return app.isStalled ? { runs: oldestFirst([...relays.runs, ...expressions.describe()]), stalledMs } : undefined;
  }

  /** The answer to `runs` when the runner has not answered within the limit. */
  unlisted(limitMs: number): Answer {
    const stalled = this.whileStalled;
    return stalled ? resultAnswer(stalled) : errorAnswer(this.#options.app.noAnswer("runs", limitMs));
  }

  /**
   * The runs in flight: the runner's, and expressions.
   *
   * @throws RpcError when the runner does not answer, although its event loop turns.
   */
  async list(): Promise<RunsResult> {
    const { relays, expressions } = this.#options;
    try {
      const { runs } = await relays.ask("runs", {});
      return { runs: oldestFirst([...runs, ...expressions.describe()]) };
    } catch (error) {
      const stalled = this.whileStalled;
      if (stalled) return stalled;
      throw error;
    }
  }

  /** Cancels a run if the gateway itself can; undefined when only the runner can. */
  cancel({ run, waitMs }: Cancellation): Promise<CancelResult> | undefined {
    const { relays, expressions, consoles } = this.#options;
    const expression = expressions.find(run);
    if (expression) return expression.cancel(waitMs);
    if (relays.withdrawRun(run)) return Promise.resolve({ run, state: "not-started" });
    const watch = consoles.watchOf(run);
    // The main thread cannot receive a cancel before that evaluation lets it.
    return watch && this.#interrupt(watch, { run, waitMs });
  }

  /** The answer to a cancel that the runner has not answered in time. */
  uncancelled(run: string): Answer {
    const { app, relays } = this.#options;
    const isRunning = !app.isStalled && relays.hasStarted(run);
    return isRunning ? resultAnswer({ run, state: "running" }) : errorAnswer(this.#cancelNotHeard(run));
  }

  /**
   * Interrupts a console's evaluation that keeps the main thread busy, like Ctrl-C, and says what became of its run.
   * The evaluation may have reached an `await` meanwhile, and may continue after it.
   *
   * @throws RpcError STALLED when the evaluation cannot be interrupted without harm to the app. The cancel stays queued
   * until the event loop turns.
   */
  async #interrupt(watch: ConsoleWatch, { run, waitMs }: Cancellation): Promise<CancelResult> {
    const giveUpAt = monotonicMs() + waitMs;
    try {
      await watch.interrupt(Math.min(waitMs, INTERRUPT_LIMIT_MS));
    } catch {
      throw this.#cancelNotHeard(run); // the same sentence as for any run whose cancel the main thread cannot receive
    }
    for (;;) {
      const { runs } = await this.list();
      if (!runs.some((known) => known.run === run)) return { run, state: "stopped" };
      if (monotonicMs() >= giveUpAt) return { run, state: "running" };
      await sleep(ASK_EVERY_MS);
    }
  }

  #cancelNotHeard(run: string): RpcError {
    const { app, relays } = this.#options;
    return app.cancelNotHeard(run, relays.hasStarted(run) ? "running" : "unknown");
  }
}

/** Runs in the order in which `runs` lists them. */
function oldestFirst(runs: RunDescription[]): RunDescription[] {
  return runs.sort((a, b) => b.elapsedMs - a.elapsedMs);
}
