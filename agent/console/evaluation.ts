// One evaluation of a console under way: what it has called, and the ways in which it ends before its code does.
import type { ConsoleEvaluateResult } from "../../shared/console-messages.ts";
import type { Run } from "../run.ts";
import type { StopReason } from "./executing.ts";

/** One evaluation under way, with the tasks that it has called. */
export class Evaluation {
  readonly run: Run;
  readonly calls: Run[] = [];
  /** Resolves when the console closes: what is under way goes on without it. */
  readonly left: Promise<void>;
  leave: () => void = () => {};
  /** Resolves when its code was stopped at an `await`. */
  readonly stopped: Promise<ConsoleEvaluateResult>;
  stop: (reason: StopReason) => void = () => {};

  constructor(run: Run) {
    this.run = run;
    this.left = new Promise((resolve) => (this.leave = resolve));
    this.stopped = new Promise((resolve) => (this.stop = (reason) => resolve(stopped(reason))));
  }

  /** Says what goes on although nobody waits for it. */
  abandoned(): ConsoleEvaluateResult {
    const tasks = this.calls.map(({ id, task }) => `; told "${task}" (run ${id}) to stop`).join("");
    return {
      outcome: "interrupted",
      text: `Interrupted: no longer waits for the promise; what it has begun may go on as run ${this.run.id}${tasks}`,
    };
  }
}

/** What is said of code that was stopped. */
export function stopped(outcome: StopReason): ConsoleEvaluateResult {
  const text = outcome === "interrupted" ? "Interrupted" : "Ran out of time: it stopped the app and was interrupted";
  return { outcome, text };
}
