// The runs of the whole agent, for `runs` and `cancel`: those that the runner has, those that wait for it, and expressions.
import { setTimeout as sleep } from "node:timers/promises";
import { errorAnswer, resultAnswer, type Answer } from "../../shared/messages/answer.ts";
import type { RpcError } from "../../shared/errors.ts";
import type { CancelResult, RunDescription, RunsResult } from "../../shared/messages/messages.ts";
import type { AppState } from "./admission/app-state.ts";
import type { BusyConsoles } from "./consoles/busy-consoles.ts";
import { INTERRUPT_LIMIT_MS, type ConsoleWatch } from "./consoles/console-watch.ts";
import type { ExpressionRuns } from "./expressions/expression-runs.ts";
import type { Relays } from "./relay/relays.ts";

/** How often the main thread is asked whether a console's evaluation, which was interrupted, has ended. */
const ASK_EVERY_MS = 50;

/** A run that is to be cancelled, and how long its caller waits for that. */
export interface Cancellation {
  run: string;
  waitMs: number;
}

/** Where the runs are. */
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

  /** What can be told without the runner: all that was passed on, while the event loop does not turn; else undefined. */
  get whileStalled(): RunsResult | undefined {
    const { app, relays, expressions } = this.#options;
    const { stalledMs } = app;
    return app.isStalled ? { runs: oldestFirst([...relays.runs, ...expressions.describe()]), stalledMs } : undefined;
  }

  /** What could be told without the runner, which has not answered within the limit. */
  unlisted(limitMs: number): Answer {
    const stalled = this.whileStalled;
    return stalled ? resultAnswer(stalled) : errorAnswer(this.#options.app.noAnswer("runs", limitMs));
  }

  /**
   * The runs in flight: those of the runner, and expressions.
   *
   * @throws RpcError when the runner does not tell, although its event loop turns.
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

  /** Cancels a run that the gateway itself can cancel; undefined when that is the runner's to do. */
  cancel({ run, waitMs }: Cancellation): Promise<CancelResult> | undefined {
    const { relays, expressions, consoles } = this.#options;
    const expression = expressions.find(run);
    if (expression) return expression.cancel(waitMs);
    if (relays.withdrawRun(run)) return Promise.resolve({ run, state: "not-started" });
    const watch = consoles.watchOf(run);
    // The main thread hears of no cancel before that evaluation lets it go.
    return watch && this.#interrupt(watch, { run, waitMs });
  }

  /** The answer to a cancel that the runner has not answered in time. */
  uncancelled(run: string): Answer {
    const { app, relays } = this.#options;
    const isRunning = !app.isStalled && relays.hasStarted(run);
    return isRunning ? resultAnswer({ run, state: "running" }) : errorAnswer(this.#cancelNotHeard(run));
  }

  /**
   * Interrupts a console's evaluation that keeps the main thread busy, as by Ctrl-C, and says what became of its run: it may have
   * got to an `await` meanwhile, and go on after that.
   *
   * @throws RpcError STALLED when it cannot be interrupted without harm to the app: the cancel stands, and is heard when the event loop turns.
   */
  async #interrupt(watch: ConsoleWatch, { run, waitMs }: Cancellation): Promise<CancelResult> {
    const giveUpAt = Date.now() + waitMs;
    try {
      await watch.interrupt(Math.min(waitMs, INTERRUPT_LIMIT_MS));
    } catch {
      throw this.#cancelNotHeard(run); // what is said of any other run that the main thread cannot be told of
    }
    for (;;) {
      const { runs } = await this.list();
      if (!runs.some((known) => known.run === run)) return { run, state: "stopped" };
      if (Date.now() >= giveUpAt) return { run, state: "running" };
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
