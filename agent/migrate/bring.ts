// Brings one database up or down: read and plan under the lock, run, free the lock. A dry run only reads, and takes no lock.
import type { Client } from "pg";
import { TaskFailure, type RunContext } from "../task.ts";
import type { Direction } from "./engine.ts";
import { readHistory } from "./history.ts";
import { takeLock } from "./lock-wait.ts";
import { mergeHistory, planDown, planUp, type Plan, type Selection } from "./plan.ts";
import type { MigrationReport } from "./report.ts";
import { openRepo, type Repo } from "./repo.ts";
import { runPlan } from "./run.ts";

/** One database and what is asked for it. */
export interface Wanted {
  readonly repo: Repo;
  readonly direction: Direction;
  readonly selection: Selection;
  readonly schema: string | undefined;
  readonly dryRun: boolean;
  readonly strict: boolean;
  readonly lockTimeoutMs: number;
  readonly context: RunContext;
}

/** @throws TaskFailure when it cannot begin, MigrationFailure when it stopped on the way. */
export async function bringRepo(wanted: Wanted): Promise<MigrationReport> {
  const { repo, context, direction, lockTimeoutMs } = wanted;
  const { engine, settings } = repo;
  const schema = wanted.schema ?? repo.schema;
  refuseUpOnly(repo, direction);
  if (wanted.dryRun) return dryRun(wanted, schema);
  const database = await openRepo(repo);
  const print = (line: string): void => context.printErr(line);
  const lock = await takeLock({
    database,
    table: engine.table(schema),
    timeoutMs: lockTimeoutMs,
    signal: context.signal,
    print,
  });
  try {
    const plan = await makePlan(lock.client, wanted, schema);
    return await runPlan(plan, { repo: repo.name, engine, lock, database, schema, settings, context });
  } catch (error) {
    throw database.lost(lock.lost.aborted && !(error instanceof TaskFailure) ? lock.lost.reason : error);
  } finally {
    await lock.release();
  }
}

async function dryRun(wanted: Wanted, schema: string | undefined): Promise<MigrationReport> {
  const { repo, direction } = wanted;
  const { steps } = await (await openRepo(repo)).use((client) => makePlan(client, wanted, schema));
  const notDone = steps.map(({ name }) => name);
  return { repo: repo.name, engine: repo.engine.name, direction, dryRun: true, done: [], notDone };
}

async function makePlan(client: Client, wanted: Wanted, schema: string | undefined): Promise<Plan> {
  const history = await readHistory(client, wanted.repo, schema);
  if (history.blocked) throw new TaskFailure(`Cannot migrate: ${history.blocked}`, { code: "BLOCKED" });
  const plan =
    wanted.direction === "up"
      ? planUp(mergeHistory(history), wanted.selection)
      : planDown(mergeHistory(history), wanted.selection);
  const late = plan.late.map((name) => `"${name}" is pending, but older than the newest applied migration`);
  if (wanted.strict && late[0]) throw new TaskFailure(`Cannot migrate: ${late[0]}`, { code: "OUT_OF_ORDER" });
  for (const step of plan.steps) await wanted.repo.engine.check?.(step, plan.direction);
  for (const warning of [...(history.warnings ?? []), ...late]) wanted.context.printErr(`warning: ${warning}`);
  return plan;
}

function refuseUpOnly({ engine }: Repo, direction: Direction): void {
  if (direction === "down" && engine.upOnly) {
    throw new TaskFailure(`Cannot roll back: ${engine.upOnly}`, { code: "UP_ONLY" });
  }
}
