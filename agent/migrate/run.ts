// Runs a plan: one migration at a time, under the lock, each in a session of its own. Stops at the first that fails.
import { formatDuration } from "../../shared/duration.ts";
import type { Engine } from "./engine.ts";
import { explain, type Explanation } from "./failure.ts";
import { blamed, invalidIndexes } from "./invalid-indexes.ts";
import type { MigrationLock } from "./lock.ts";
import type { KnownMigration, Plan } from "./plan.ts";
import { MigrationFailure, type MigrationReport } from "./report.ts";
import { TaskFailure, type RunContext } from "../task.ts";
import { Session, type SessionOptions } from "./session.ts";

/** What a run needs besides its plan. */
export interface RunOptions extends Omit<SessionOptions, "signal" | "print"> {
  readonly repo: string;
  readonly engine: Engine;
  readonly lock: MigrationLock;
  readonly context: RunContext;
}

/**
 * Runs the plan's migrations in order.
 *
 * @throws MigrationFailure: exit 1 when a migration failed or left an invalid index, 75 when the run was cancelled or its lock was lost.
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<MigrationReport> {
  const { context } = options;
  const total = plan.steps.length;
  const done: { name: string; durationMs: number }[] = [];
  for (const [index, migration] of plan.steps.entries()) {
    context.progress({ done: index, total, message: `${migration.name} …` });
    const started = Date.now();
    const fault = await runOne(migration, plan, options);
    const durationMs = Date.now() - started;
    if (fault && !fault.recorded) throw failure(fault, { plan, done, options });
    done.push({ name: migration.name, durationMs });
    context.print(`${index + 1}/${total} ${migration.name} … ${formatDuration(durationMs)}`);
    if (fault) throw failure(fault, { plan, done, options });
  }
  return reportOf({ plan, done, options });
}

/** Why a migration ended the run. */
interface Fault {
  readonly headline: string;
  readonly details: readonly string[];
  readonly exitCode: number;
  readonly code: string | undefined;
  readonly cause: unknown;
  /** True when the engine has recorded the migration as done all the same. */
  readonly recorded: boolean;
}

async function runOne(migration: KnownMigration, plan: Plan, options: RunOptions): Promise<Fault | undefined> {
  const { engine, lock, context } = options;
  const session = new Session({ ...options, signal: context.signal, print: (line) => context.print(line) });
  const before = await invalidIndexes(lock.client);
  try {
    await session.run(() => engine.apply(migration, plan.direction, session));
  } catch (error) {
    return describeFault(error, { migration, plan, options, session, before });
  }
  const left = blamed(await invalidIndexes(lock.client), before, session.notices);
  return left.length === 0 ? undefined : invalidIndexFault(migration, left);
}

interface Failed {
  readonly migration: KnownMigration;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly session: Session;
  readonly before: readonly string[];
}

async function describeFault(error: unknown, failed: Failed): Promise<Fault> {
  const { migration, plan, options, session, before } = failed;
  const explanation = await explain(error, migration.path, session.watch);
  const after = await readAfterwards(failed);
  const recorded = after !== undefined && after.applied.includes(migration.name) === (plan.direction === "up");
  const left = blamed(after?.invalid ?? [], before, session.notices);
  const { headline, exitCode, code } = verdict(migration, explanation, { ...options, error });
  const state = after === undefined ? "whether it is recorded is not known" : stateOf(recorded, explanation, plan);
  return {
    headline: `${headline}, ${state}`,
    details: [...explanation.details, ...left.map(invalidLine)],
    exitCode,
    code: code ?? explanation.code,
    cause: error,
    recorded,
  };
}

function verdict(
  { name }: KnownMigration,
  { message }: Explanation,
  { lock, context, error }: RunOptions & { error: unknown },
): { headline: string; exitCode: number; code?: string } {
  if (lock.lost.aborted) {
    const reason = lock.lost.reason instanceof Error ? lock.lost.reason.message : "Lost the migration lock";
    return { headline: `Stopped "${name}": ${lowerFirst(reason)}`, exitCode: 75, code: "LOCK_LOST" };
  }
  if (context.signal.aborted) return { headline: `Cancelled "${name}"`, exitCode: 75, code: "CANCELLED" };
  const exitCode = error instanceof TaskFailure ? error.exitCode : 1;
  return { headline: `Migration "${name}" failed: ${message}`, exitCode };
}

function stateOf(recorded: boolean, { inTransaction }: Explanation, { direction }: Plan): string {
  if (recorded) return direction === "up" ? "but it is recorded as applied" : "but it is recorded as rolled back";
  if (inTransaction) return "and it was rolled back";
  return `and it is not recorded as ${direction === "up" ? "applied" : "rolled back"}`;
}

/** The truth after a failure, from a connection that is known to be good; undefined when the database cannot be asked. */
async function readAfterwards({
  options: { database, engine, schema },
  session,
}: Failed): Promise<{ applied: readonly string[]; invalid: string[] } | undefined> {
  try {
    const client = await database.connect();
    try {
      await session.gone(client);
      return { applied: (await engine.read(client, schema)).applied, invalid: await invalidIndexes(client) };
    } finally {
      await client.end();
    }
  } catch {
    return undefined;
  }
}

function invalidIndexFault({ name }: KnownMigration, left: readonly string[]): Fault {
  return {
    headline: `Migration "${name}" left an invalid index`,
    details: left.map(invalidLine),
    exitCode: 1,
    code: "INVALID_INDEX",
    cause: undefined,
    recorded: true,
  };
}

function invalidLine(index: string): string {
  return `index ${index} is INVALID: repair the cause, then DROP INDEX CONCURRENTLY ${index} and create it again`;
}

interface SoFar {
  readonly plan: Plan;
  readonly done: readonly { name: string; durationMs: number }[];
  readonly options: RunOptions;
}

function failure(fault: Fault, soFar: SoFar): MigrationFailure {
  const report = reportOf(soFar);
  const lines = [fault.headline, ...fault.details.map((line) => `  ${line}`)];
  lines.push(`Done: ${listed(report.done.map(({ name }) => name))}`, `Not done: ${listed(report.notDone)}`);
  return new MigrationFailure(lines.join("\n"), {
    exitCode: fault.exitCode,
    ...(fault.code !== undefined && { code: fault.code }),
    ...(fault.cause !== undefined && { cause: fault.cause }),
    reports: [report],
  });
}

function reportOf({ plan, done, options }: SoFar): MigrationReport {
  const notDone = plan.steps.slice(done.length).map(({ name }) => name);
  return { repo: options.repo, engine: options.engine.name, direction: plan.direction, dryRun: false, done, notDone };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
