// The interface that a console evaluates with. The line editor does not know whether the code runs in the live app or
// elsewhere.
import type {
  ConsoleCompleteResult,
  ConsoleDisplay,
  ConsoleEvaluateResult,
  ConsoleMoreResult,
  ConsoleOpenResult,
} from "../../shared/messages/console-messages.ts";
import type { Deadline } from "../wire/deadline.ts";

/** How a value is to be shown. */
export interface EvaluateOptions extends ConsoleDisplay {
  /**
   * For a program as reader: a string without quotes, more of large values, and the outcome of a promise instead of the
   * promise.
   */
  bare?: boolean;
  /** When the evaluation must have ended, unless only its caller keeps the deadline. */
  deadline?: Deadline;
}

/** What evaluated code has printed, at any time while the console is open. */
export interface Printed {
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** Evaluates for one console. Every method rejects with an RpcError when the other end cannot be reached. */
export interface ConsoleBackend {
  /** Evaluates complete source. All its output has been delivered when this resolves. */
  evaluate(source: string, options: EvaluateOptions): Promise<ConsoleEvaluateResult>;
  complete(line: string): Promise<ConsoleCompleteResult>;
  /** Ends the evaluation under way, which then resolves. Rejects with the reason when it cannot be ended. */
  interrupt(): Promise<void>;
  /** Shows the last value again, with less left out. */
  more(display: ConsoleDisplay): Promise<ConsoleMoreResult>;
  close(): Promise<void>;
  /** Resolves when the other end is gone, or the console was closed. */
  readonly ended: Promise<void>;
}

/** A backend with the facts that the console shows when it opens. */
export interface OpenConsole extends ConsoleBackend {
  readonly app: ConsoleOpenResult;
  /** True if nothing of the app but its tasks is in scope. */
  readonly isSafe: boolean;
}
