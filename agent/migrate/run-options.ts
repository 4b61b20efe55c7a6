// What a run needs besides its plan.
import type { RunContext } from "../tasks/task.ts";
import type { AnyDatabase, AnyLock, SessionRequest } from "./database/any-database.ts";
import type { AnyEngine } from "./plan/engine.ts";

/** What a run needs besides its plan. */
export interface RunOptions extends Omit<SessionRequest, "signal" | "print"> {
  readonly repo: string;
  readonly database: AnyDatabase;
  readonly engine: AnyEngine;
  readonly lock: AnyLock;
  readonly context: RunContext;
  /** Prints each statement. */
  readonly sql: boolean;
  /** Prints nothing on the way but warnings and, if asked for, statements. */
  readonly quiet: boolean;
}
