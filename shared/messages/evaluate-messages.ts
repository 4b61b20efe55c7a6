// The messages of `evaluate`: an expression over tasks, evaluated beside the app and never in it. Named as in
// PROTOCOL.md.
import type { Encoded } from "./rpc-messages.ts";
import type { Expiry } from "./run-messages.ts";

/** Parameters of `evaluate`. */
export interface EvaluateParams {
  /**
   * JavaScript. The tasks' namespaces, `print` and `console` are in scope, `await` works, and the last expression's
   * value is the result.
   */
  code: string;
  /** The deadline, in milliseconds from when the agent receives the expression. Default: none. */
  timeoutMs?: number;
  /** With `timeoutMs`: the expression does not begin after this moment. Default: after `timeoutMs`. */
  expiry?: Expiry;
  /** The run's id, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: chosen by the agent. */
  run?: string;
  /** Expressions of one connection that name the same session share their variables. Default: no session. */
  session?: string;
  /** As in `call`, for the tasks that it calls; the expression's own output always waits. Default: false. */
  lossless?: boolean;
}

/** Result of `evaluate`. */
export interface EvaluateResult extends Encoded {
  run: string;
  /** The text that a task's `format` gives for people, if the value is the task's result, unchanged. */
  text?: string;
}
