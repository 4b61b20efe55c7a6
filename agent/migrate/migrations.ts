// The three tasks that an app gets for its migrations: migrate, rollback and migrations. A migration passes these stages:
//
//  1. the options are checked when the app starts (repo.ts, known-options.ts), the arguments when the task is called (describe-arguments.ts)
//  2. the databases are taken one after the other (for-each-repo.ts, migrate-repo.ts)
//  3. a connection is opened (database.ts), and the lock is taken on it, the engine's own too (take-lock.ts, migration-lock.ts)
//  4. sessions that a killed process left behind are ended (end-leftovers.ts)
//  5. the engine reads its files and its table (read-history.ts, engines/)
//  6. the plan is made from both, and refused where it is doubtful (plan.ts, make-plan.ts)
//  7. each migration gets a fresh session (run-plan.ts, session.ts), whose statements are followed (statement-watch.ts, transaction-follower.ts)
//  8. the engine applies it and records it (engines/)
//  9. the table is read again, and invalid indexes are looked for: only what the database says counts (run-plan.ts, invalid-indexes.ts)
// 10. a failure is explained: the place, what stays, what to do (stop-reason.ts, explanation.ts, remains.ts); then the lock is freed
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { parseDuration } from "../../shared/duration.ts";
import { task, type RunContext, type Task } from "../tasks/task.ts";
import { describeArguments, isZero, type Field } from "./describe-arguments.ts";
import { requireNothingPending } from "./require-nothing-pending.ts";
import { migrateRepo } from "./migrate-repo.ts";
import type { Direction } from "./plan/engine.ts";
import { forEachRepo } from "./for-each-repo.ts";
import type { Selection } from "./plan/plan.ts";
import { formatReports, type MigrationReport } from "./migration-report.ts";
import { chooseRepos, listRepos, type RepoOptions } from "./plan/repo.ts";
import { formatStatus, type MigrationStatus } from "./plan/migration-status.ts";
import { statusOfRepos } from "./status-of-repos.ts";

/** One database, or several by name in the order in which they are to be migrated. */
export type MigrationsOptions = (RepoOptions | { repos: Readonly<Record<string, RepoOptions>> }) & {
  /** How long to wait for the migration lock, unless the caller says; 0 asks once. Default `"60s"`. */
  lockTimeout?: string | 0;
  /**
   * Refuse to migrate when a pending migration is older than the newest applied one, an applied one was edited, or its file is gone while
   * another is pending. Default false: a warning each.
   */
  strict?: boolean;
};

const SHARED = {
  repo: { type: "name", description: "Only the database of this name; default all" },
  schema: { type: "name", description: "Migrate this schema instead of the configured one" },
} as const satisfies Record<string, Field>;

const RUNNING = {
  ...SHARED,
  dryRun: { type: "boolean", description: "Print the plan and change nothing" },
  sql: { type: "boolean", description: "Print the statements, with --dry-run those that would run" },
  quiet: { type: "boolean", description: "Print only warnings and the report" },
  lockTimeout: { type: "duration", description: "How long to wait for the migration lock; 0 asks once" },
} as const satisfies Record<string, Field>;

const MIGRATE = describeArguments(
  {
    to: { type: "name", description: "Up to this version, which is applied too" },
    toExclusive: { type: "name", description: "Up to this version, which is not applied" },
    step: { type: "count", description: "At most so many migrations" },
    all: { type: "boolean", description: "All that is pending: the default" },
    check: { type: "boolean", description: "Change nothing, and exit 75 when a migration is pending" },
    strict: { type: "boolean", description: "Refuse what is a warning otherwise: late, edited and missing migrations" },
    ...RUNNING,
  },
  ["to", "toExclusive", "step", "all"],
);

const ROLLBACK = describeArguments(
  {
    step: { type: "count", description: "So many migrations; default 1" },
    all: { type: "boolean", description: "All that is applied" },
    to: { type: "name", description: "Down to this version, which is rolled back too" },
    toExclusive: { type: "name", description: "Down to this version, which stays" },
    ...RUNNING,
  },
  ["to", "toExclusive", "step", "all"],
);

const STATUS = describeArguments(SHARED);

type Input<Schema extends StandardSchemaV1> = StandardSchemaV1.InferInput<Schema>;

/** What `migrations()` returns: spread it into the object of release tasks. */
export interface MigrationTasks {
  migrate: Task<[args?: Input<typeof MIGRATE>], MigrationReport[]>;
  rollback: Task<[args?: Input<typeof ROLLBACK>], MigrationReport[]>;
  migrations: Task<[args?: Input<typeof STATUS>], MigrationStatus[]>;
}

/**
 * Makes the tasks `migrate`, `rollback` and `migrations` for an app's databases. Any number of processes may call them at the
 * same moment: each migration runs once.
 */
export function migrations(options: MigrationsOptions): MigrationTasks {
  const repos = listRepos(options);
  const lockTimeout = isZero(options.lockTimeout) ? "0s" : String(options.lockTimeout ?? "60s");
  parseDuration(lockTimeout, "lockTimeout"); // a wrong one is found when the app starts, not in the deploy that waits for the first time
  const bring = (direction: Direction, args: Asked, context: RunContext): Promise<MigrationReport[]> =>
    forEachRepo(chooseRepos(repos, args.repo), context, (repo) => {
      const lockTimeoutMs = parseDuration(args.lockTimeout ?? lockTimeout);
      const { dryRun = false, sql = false, quiet = false } = args;
      const shown = { dryRun, sql, quiet, context };
      return migrateRepo({ repo, direction, lockTimeoutMs, ...shown, ...asked(args, options.strict) });
    });
  return {
    migrate: task({
      description: "Apply the pending migrations",
      args: MIGRATE,
      async run({ check, ...args }, context) {
        if (!check) return bring("up", args, context);
        const warn = (line: string): void => void context.printErr(line);
        return requireNothingPending(chooseRepos(repos, args.repo), { ...asked(args, options.strict), warn, context });
      },
      format: formatReports,
    }),
    rollback: task({
      description: "Roll back the last migration, or those that are named",
      args: ROLLBACK,
      run: (args, context) => bring("down", args, context),
      format: formatReports,
    }),
    migrations: task({
      description: "Show which migrations are applied",
      args: STATUS,
      run: ({ repo, schema }, context) => statusOfRepos(chooseRepos(repos, repo), { schema, context }),
      format: formatStatus,
    }),
  };
}

/** What the arguments of `migrate` and `rollback` have in common. */
interface Asked extends Selection {
  repo?: string;
  schema?: string;
  dryRun?: boolean;
  strict?: boolean;
  lockTimeout?: string;
  sql?: boolean;
  quiet?: boolean;
}

function asked({ to, toExclusive, step, all, schema, strict }: Asked, alwaysStrict: boolean | undefined) {
  return {
    selection: { to, toExclusive, step, all },
    schema,
    strict: strict ?? alwaysStrict ?? false,
  };
}
