// The messages of `evaluate`: an expression over tasks, evaluated beside the app and never in it. Named as in PROTOCOL.md.
import type { Encoded } from "./rpc-messages.ts";
import type { Expiry } from "./run-messages.ts";

/** Parameters of `evaluate`. */
export interface EvaluateParams {
  /** JavaScript: the tasks' namespaces, `print` and `console` are in scope, `await` works, the last expression's value is the result. */
  code: string;
  /** The deadline, in milliseconds from when the agent receives the expression. Default: none. */
  timeoutMs?: number;
  /** With `timeoutMs`: it does not begin after this moment. Default: after `timeoutMs`. */
  expiry?: Expiry;
  /** The run's id, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: chosen by the agent. */
  run?: string;
  /** Expressions of one connection that name the same session share their variables. Default: none are shared. */
  session?: string;
  /** As of a call, for the tasks that it calls; what it prints itself always waits. Default: false. */
  lossless?: boolean;
}

/** Result of `evaluate`. */
export interface EvaluateResult extends Encoded {
  run: string;
  /** How a task wants the value shown to people, where the value is what it has returned, unchanged. */
  text?: string;
}
