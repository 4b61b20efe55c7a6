// Runs a plan: one migration at a time, under the lock, each in a fresh session. Stops at the first failure.
import { formatDuration } from "../../shared/duration.ts";
import { describeStop, invalidIndexReason, unrecordedReason, type StopReason } from "./stop-reason.ts";
import { readEngine } from "./plan/read-history.ts";
import { blamed } from "./database/invalid-indexes.ts";
import { isRecorded, type KnownMigration, type Plan } from "./plan/plan.ts";
import { MigrationFailure, type MigrationReport } from "./migration-report.ts";
import type { RunOptions } from "./run-options.ts";

/**
 * Runs the plan's migrations in order.
 *
 * @throws MigrationFailure: exit 1 when a migration failed, was not recorded or left an invalid index, 75 when the run
 * was cancelled or its lock was lost.
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<MigrationReport> {
  const { context, quiet } = options;
  const total = plan.steps.length;
  const done: { name: string; durationMs: number }[] = [];
  for (const [index, migration] of plan.steps.entries()) {
    if (!quiet) context.progress({ done: index, total, message: `${migration.name} …` });
    const started = performance.now();
    const fault = await runOne(migration, plan, options);
    const durationMs = Math.round(performance.now() - started);
    if (fault && !fault.recorded) throw failure(fault, { plan, done, options });
    done.push({ name: migration.name, durationMs });
    if (!quiet) context.printErr(`${index + 1}/${total} ${migration.name} … ${formatDuration(durationMs)}`);
    if (fault) throw failure(fault, { plan, done, options });
  }
  return reportOf({ plan, done, options });
}

async function runOne(migration: KnownMigration, plan: Plan, options: RunOptions): Promise<StopReason | undefined> {
  const { database, engine, lock, context, quiet } = options;
  const own = engine.table(options.schema);
  const session = database.openSession({
    ...options,
    own,
    signal: context.signal,
    print: (line) => void (quiet && !/^warning/i.test(line) ? undefined : context.printErr(line)),
    tellStatement: options.sql ? (text) => void context.printErr(text.trim()) : undefined,
  });
  let before: string[] = [];
  try {
    before = await database.invalidIndexes(lock.client);
    await session.run(() => engine.apply(migration, plan.direction, session));
    // That it did not fail says little: only what the table says now decides what the next run will do.
    const { applied } = await readEngine(lock.client, options);
    if (isRecorded(applied, migration) !== (plan.direction === "up")) return unrecordedReason(migration, plan, engine);
    if (plan.direction === "down" && session.fate().committed.length === 0)
      context.printErr(`warning: the down of "${migration.name}" changed nothing that remsh can see`);
    const left = blamed(await database.invalidIndexes(lock.client), before, session.notices);
    return left.length === 0 ? undefined : invalidIndexReason(migration, left);
  } catch (error) {
    return describeStop(error, { migration, plan, options, session, before });
  }
}

interface SoFar {
  readonly plan: Plan;
  readonly done: readonly { name: string; durationMs: number }[];
  readonly options: RunOptions;
}

function failure(fault: StopReason, soFar: SoFar): MigrationFailure {
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
