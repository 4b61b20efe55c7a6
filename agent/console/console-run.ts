// One evaluation of a console in progress: the tasks that it has called, and the ways in which it can end before its
// code does.
import { types } from "node:util";
import type { ConsoleEvaluateResult } from "../../shared/messages/console-messages.ts";
import { ObservedPromise } from "../runs/observed-promise.ts";
import type { Run } from "../runs/run.ts";
import type { Evaluated } from "./console-engine.ts";
import type { StopReason } from "./executing.ts";

/** The run of one evaluation, and the tasks that it has called. */
export class ConsoleRun {
  readonly run: Run;
  readonly calls: Call[] = [];
  /** Resolves when the console closes: work in progress continues without the console. */
  readonly left: Promise<void>;
  leave: () => void = () => {};
  /** Resolves when the code was stopped at an `await`. */
  readonly stopped: Promise<ConsoleEvaluateResult>;
  stop: (reason: StopReason) => void = () => {};

  /** True if a program reads the result: see {@link ConsoleRun.settled}. */
  readonly isBare: boolean;
  #hasReturned = false;

  constructor(run: Run, { bare = false }: { bare?: boolean }) {
    this.run = run;
    this.isBare = bare;
    this.left = new Promise((resolve) => (this.leave = resolve));
    this.stopped = new Promise((resolve) => (this.stop = (reason) => resolve(stopped(reason))));
  }

  /** The result of an interrupted evaluation: it names the work that may continue. */
  abandoned(): ConsoleEvaluateResult {
    const left = this.#hasReturned ? "" : `; what it has begun may go on as run ${this.run.id}`;
    const tasks = this.underWay.map(({ id, task }) => `; told "${task}" (run ${id}) to stop`).join("");
    return { outcome: "interrupted", text: `Interrupted: no longer waits for the promise${left}${tasks}` };
  }

  /** The runs of its calls that have not ended. */
  get underWay(): Run[] {
    return this.calls.filter(({ hasEnded }) => !hasEnded).map(({ run }) => run);
  }

  /**
   * For a program that reads the result: the settled value of a promise or thenable, after all calls have ended. If a
   * call failed and was not awaited, its failure is the result, since a program cannot await the call in its next line.
   */
  settled(evaluated: Evaluated, isThenable: boolean): Evaluated | Promise<Evaluated> {
    if (!this.isBare || !("value" in evaluated)) return evaluated;
    const { value } = evaluated;
    const promise = types.isPromise(value) ? value : isThenable ? settledBy(value) : undefined;
    if (promise === undefined && this.calls.length === 0) return evaluated;
    this.#hasReturned = true;
    // The code has ended, so after an interrupt nothing is left of it.
    const givenUp = this.run.aborted().then((): Evaluated => ({ stopped: "interrupted" }));
    return Promise.race([this.#settle(value, promise), givenUp]);
  }

  async #settle(value: unknown, promise: Promise<unknown> | undefined): Promise<Evaluated> {
    const settled = promise ? await outcomeOf(promise) : { value };
    if ("threw" in settled) return settled;
    // Includes calls that other calls have caused meanwhile.
    for (let index = 0; index < this.calls.length; index++) await this.calls[index]?.ended;
    return this.calls.map(({ unheard }) => unheard).find((failure) => failure !== undefined) ?? settled;
  }
}

/** A task that an evaluation has called. */
export class Call {
  readonly run: Run;
  readonly promise: ObservedPromise<unknown>;
  /** Resolves when the call has ended in any way. */
  readonly ended: Promise<void>;
  hasEnded = false;
  #failure: { threw: unknown } | undefined;

  /** If the task throws and the call is not awaited, that does not end the app, as an unhandled rejection would. */
  constructor(run: Run, result: Promise<unknown>) {
    this.run = run;
    this.promise = new ObservedPromise((resolve, reject) => void result.then(resolve, reject));
    this.ended = outcomeOf(this.promise).then((outcome) => {
      this.hasEnded = true;
      if ("threw" in outcome) this.#failure = outcome;
    });
  }

  /** The error of the call, if it was never awaited or caught. */
  get unheard(): { threw: unknown } | undefined {
    return ObservedPromise.isObserved(this.promise) ? undefined : this.#failure;
  }
}

/** A promise for a thenable's result. Making it starts the thenable's work. */
function settledBy(thenable: unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(thenable));
}

/** The outcome of a promise, without marking the promise as observed. */
function outcomeOf(promise: Promise<unknown>): Promise<{ value: unknown } | { threw: unknown }> {
  return new Promise((resolve) => {
    const returned = (value: unknown) => resolve({ value });
    const threw = (error: unknown) => resolve({ threw: error });
    void Promise.prototype.then.call(promise, returned, threw);
  });
}

/** The result for code that was stopped. */
export function stopped(outcome: StopReason): ConsoleEvaluateResult {
  const text = outcome === "interrupted" ? "Interrupted" : "Ran out of time: it stopped the app and was interrupted";
  return { outcome, text };
}
