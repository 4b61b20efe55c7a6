// What is asked for one database.
import type { RunContext } from "../tasks/task.ts";
import type { PlanRequest } from "./plan/make-plan.ts";
import type { Repo } from "./plan/repo.ts";

/** One database and what is asked for it. */
export interface Wanted extends Omit<PlanRequest, "warn" | "database" | "repo"> {
  readonly repo: Repo;
  readonly dryRun: boolean;
  /** Shows the statements: as they are sent, or in a dry run those that would be. */
  readonly sql: boolean;
  readonly quiet: boolean;
  readonly lockTimeoutMs: number;
  readonly context: RunContext;
}
