// What a run needs besides its plan.
import type { RunContext } from "../tasks/task.ts";
import type { Engine } from "./plan/engine.ts";
import type { MigrationLock } from "./database/migration-lock.ts";
import type { SessionOptions } from "./database/session.ts";

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
