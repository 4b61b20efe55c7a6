// Brings one database up or down: read and plan under the lock, run, free the lock. A dry run only reads, and takes no
// lock.
import { TaskFailure } from "../tasks/task.ts";
import type { AnyEngine, Direction, MigrationFile } from "./plan/engine.ts";
import type { OwnLock } from "./database/own-lock.ts";
import { makePlan } from "./plan/make-plan.ts";
import { migrateByCommand } from "./migrate-by-command.ts";
import type { MigrationReport } from "./migration-report.ts";
import { chooseSchema, isCommandRepo, openRepo, type EngineRepo, type OpenRepo } from "./plan/repo.ts";
import { runPlan } from "./run-plan.ts";
import type { Wanted } from "./wanted.ts";

/** @throws TaskFailure when it cannot begin, MigrationFailure when it stopped on the way. */
export async function migrateRepo({ repo, ...wanted }: Wanted): Promise<MigrationReport> {
  return isCommandRepo(repo) ? migrateByCommand({ ...wanted, repo }) : migrateByEngine({ ...wanted, repo });
}

interface EngineWanted extends Wanted {
  readonly repo: EngineRepo;
}

async function migrateByEngine(wanted: EngineWanted): Promise<MigrationReport> {
  const { context, direction, lockTimeoutMs } = wanted;
  refuseUpOnly(wanted.repo, direction);
  const opened = await openRepo(wanted.repo);
  if (wanted.dryRun) return dryRun(wanted, opened);
  const { database, repo } = opened;
  const { engine, settings } = repo;
  const { name: schema } = chooseSchema(opened, wanted.schema);
  const print = (line: string): void => void context.printErr(line);
  const lock = await database.takeLock({
    table: engine.table(schema),
    own: ownLock(engine, schema),
    lock: repo.lock ?? true,
    schema,
    settings,
    timeoutMs: lockTimeoutMs,
    signal: context.signal,
    print,
  });
  try {
    const plan = await makePlan(lock.client, { ...wanted, ...opened, warn: print });
    const { sql, quiet } = wanted;
    return await runPlan(plan, { repo: repo.name, engine, lock, database, schema, settings, context, sql, quiet });
  } catch (error) {
    throw database.lost(lock.lost.aborted && !(error instanceof TaskFailure) ? lock.lost.reason : error);
  } finally {
    await lock.release();
  }
}

function ownLock(engine: AnyEngine, schema: string | undefined): OwnLock {
  const { name, advisoryLock } = engine;
  const lockedBy = async (client: unknown): Promise<string | undefined> => engine.lockedBy?.(client, schema);
  return { name, ...(engine.lockedBy && { lockedBy }), ...(advisoryLock !== undefined && { advisoryLock }) };
}

async function dryRun(wanted: EngineWanted, opened: OpenRepo): Promise<MigrationReport> {
  const { direction, context } = wanted;
  const { repo, database } = opened;
  const warn = (line: string): void => void context.printErr(line);
  const { steps } = await database.use((client) => makePlan(client, { ...wanted, ...opened, warn }));
  const notDone = steps.map(({ name }) => name);
  const sql = wanted.sql ? await statementsOf(steps, repo.engine, direction) : undefined;
  return { repo: repo.name, engine: repo.engine.name, direction, dryRun: true, done: [], notDone, ...(sql && { sql }) };
}

async function statementsOf(
  steps: readonly MigrationFile[],
  engine: AnyEngine,
  direction: Direction,
): Promise<NonNullable<MigrationReport["sql"]>> {
  const found: { name: string; statements: readonly string[] }[] = [];
  for (const migration of steps) {
    if (!engine.statements) {
      throw new TaskFailure(
        `Cannot show the statements of "${migration.name}": with ${engine.name} they are known only while it runs (leave out --dry-run or --sql)`,
        { exitCode: 65, code: "NO_SQL" },
      );
    }
    found.push({ name: migration.name, statements: await engine.statements(migration, direction) });
  }
  return found;
}

function refuseUpOnly({ engine }: EngineRepo, direction: Direction): void {
  if (direction === "down" && engine.upOnly) {
    throw new TaskFailure(`Cannot roll back: ${engine.upOnly}`, { code: "UP_ONLY" });
  }
}
