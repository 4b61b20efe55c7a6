// What a console evaluates with. The line editor knows nothing of what is behind it: the live app, or another place.
import type {
  ConsoleCompleteResult,
  ConsoleDisplay,
  ConsoleEvaluateResult,
  ConsoleMoreResult,
  ConsoleOpenResult,
} from "../../shared/messages/console-messages.ts";
import type { Deadline } from "../wire/deadline.ts";

/** How a value is wanted. */
export interface EvaluateOptions extends ConsoleDisplay {
  /** For a program that reads: a string as it is, more of large values, and in the place of a promise what becomes of it. */
  bare?: boolean;
  /** By when it must have ended, where that is not for whoever waits for it alone to see to. */
  deadline?: Deadline;
}

/** What was printed by evaluated code, at any time while the console is open. */
export interface Printed {
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** Evaluates for one console. Every method rejects with an RpcError when the other end cannot be asked. */
export interface ConsoleBackend {
  /** Evaluates complete source; what it prints has been heard before this resolves. */
  evaluate(source: string, options: EvaluateOptions): Promise<ConsoleEvaluateResult>;
  complete(line: string): Promise<ConsoleCompleteResult>;
  /** Ends the evaluation under way, which then resolves; rejects with why it cannot be ended. */
  interrupt(): Promise<void>;
  /** The last value again, less abridged. */
  more(display: ConsoleDisplay): Promise<ConsoleMoreResult>;
  close(): Promise<void>;
  /** Resolves when the other end is gone, or was closed. */
  readonly ended: Promise<void>;
}

/** A backend with what is said of it when it opens. */
export interface OpenConsole extends ConsoleBackend {
  readonly app: ConsoleOpenResult;
  /** True where nothing of the app but its tasks is in scope. */
  readonly isSafe: boolean;
}
