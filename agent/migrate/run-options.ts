// What a run needs besides its plan.
import type { RunContext } from "../task.ts";
import type { Engine } from "./engine.ts";
import type { MigrationLock } from "./migration-lock.ts";
import type { SessionOptions } from "./session.ts";

/** What a run needs besides its plan. */
export interface RunOptions extends Omit<SessionOptions, "signal" | "print"> {
  readonly repo: string;
  readonly engine: Engine;
  readonly lock: MigrationLock;
  readonly context: RunContext;
  /** Prints each statement. */
  readonly sql: boolean;
  /** Prints nothing on the way but warnings and, if asked for, statements. */
  readonly quiet: boolean;
}
