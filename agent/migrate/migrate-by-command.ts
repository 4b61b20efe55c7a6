// Migrates by the team's own command: under remsh's lock, with its output streamed, its exit code kept, and all its
// processes ended when the run is cancelled or the lock is lost.
import { formatDuration } from "../../shared/duration.ts";
import { TaskFailure, type RunContext } from "../tasks/task.ts";
import type { AnyDatabase, AnyLock, CommandSessions } from "./database/any-database.ts";
import { MigrationFailure, type MigrationReport } from "./migration-report.ts";
import type { CommandEnd, CommandStatus } from "./plan/command-engine.ts";
import type { Direction } from "./plan/engine.ts";
import { addressOf, databaseOf, type CommandRepo } from "./plan/repo.ts";
import type { Wanted } from "./wanted.ts";

interface CommandWanted extends Wanted {
  readonly repo: CommandRepo;
}

/**
 * Runs the command.
 *
 * @throws TaskFailure (exit 65) when something is asked that only the command could decide, (exit 1) without a command
 * to roll back; MigrationFailure with the command's own exit code, and 75 when the run was cancelled or its lock was lost.
 */
export async function migrateByCommand(wanted: CommandWanted): Promise<MigrationReport> {
  const { repo, direction, context } = wanted;
  const line = commandFor(repo, direction);
  refuseSelection(wanted, line);
  if (wanted.dryRun) return reportOf(wanted, line, undefined);
  const lock = await lockOf(wanted);
  try {
    if (await lock?.sessions.end()) context.printErr("ended the sessions that another process's command left behind");
    const started = performance.now();
    if (!wanted.quiet) context.progress({ done: 0, total: 1, message: `${line} …` });
    const end = await runUnder(wanted, lock);
    const durationMs = Math.round(performance.now() - started);
    await requireSuccess(end, wanted, lock);
    if (!wanted.quiet) context.printErr(`1/1 ${line} … ${formatDuration(durationMs)}`);
    return reportOf(wanted, line, durationMs);
  } catch (error) {
    throw lock ? lock.database.lost(error) : error;
  } finally {
    await lock?.held.release();
  }
}

/** What the status command says. @throws TaskFailure: exit 65 where there is none, else with the command's exit code. */
export async function statusByCommand(
  repo: CommandRepo,
  { schema, context, task }: { schema: string | undefined; context: RunContext; task: string },
): Promise<CommandStatus> {
  if (schema !== undefined) refuseOption("schema", `"${repo.engine.lines.up}" decides itself where it works`);
  if (repo.engine.lines.status === undefined) {
    throw new TaskFailure(
      `Cannot ${task}: remsh sees nothing of what "${repo.engine.lines.up}" applies (give command() a "status")`,
      { exitCode: 65, code: "NO_STATUS" },
    );
  }
  return repo.engine.status(await runOf(repo, context));
}

interface HeldLock {
  readonly database: AnyDatabase;
  readonly held: AnyLock;
  /** The sessions of the command, and those that a killed process's command left. */
  readonly sessions: CommandSessions;
}

async function lockOf({ repo, lockTimeoutMs, context }: CommandWanted): Promise<HeldLock | undefined> {
  const print = (line: string): void => void context.printErr(line);
  if (repo.lock === false) {
    print("warning: no lock is taken: nothing else may migrate this database now");
    return undefined;
  }
  const database = await databaseOf(repo);
  const held = await database.takeLock({
    table: repo.engine.table(undefined),
    timeoutMs: lockTimeoutMs,
    signal: context.signal,
    print,
  });
  return { database, held, sessions: database.commandSessions(held) };
}

async function runUnder(wanted: CommandWanted, lock: HeldLock | undefined): Promise<CommandEnd> {
  const { repo, direction, context, quiet } = wanted;
  const unseen: string[] = [];
  const keep = (line: string): void => {
    unseen.push(line);
    if (unseen.length > SHOWN_LINES) unseen.shift();
  };
  const run = await runOf(repo, context);
  const end = await repo.engine.run(direction, {
    ...run,
    ...(lock && { lost: lock.held.lost, env: lock.sessions.env }),
    ...(quiet && { print: keep, printErr: keep }),
  });
  if (end.exitCode !== 0 && unseen.length > 0) await context.printErr(unseen.join("\n"));
  return end;
}

/** So many of the last lines are shown when a quiet command fails. */
const SHOWN_LINES = 100;

async function runOf(repo: CommandRepo, context: RunContext) {
  return {
    databaseUrl: await addressOf(repo),
    env: {},
    signal: context.signal,
    print: (line: string) => context.print(line),
    printErr: (line: string) => context.printErr(line),
  };
}

async function requireSuccess(end: CommandEnd, wanted: CommandWanted, lock: HeldLock | undefined): Promise<void> {
  const fault = faultOf(end, wanted, lock?.held.lost.aborted === true);
  if (!fault) return requireNothingLeft(end, wanted);
  await lock?.sessions.end().catch(() => {}); // the next holder ends them
  throw failure(fault, wanted, end);
}

interface Fault {
  readonly headline: string;
  readonly exitCode: number;
  readonly code: string;
}

const ENDED = "its processes have ended, and what it had committed stays";

function faultOf({ line, exitCode, how }: CommandEnd, { context }: CommandWanted, isLost: boolean): Fault | undefined {
  if (isLost)
    return { headline: `Stopped "${line}": lost the migration lock; ${ENDED}`, exitCode: 75, code: "LOCK_LOST" };
  if (context.signal.aborted) return { headline: `Cancelled "${line}": ${ENDED}`, exitCode: 75, code: "CANCELLED" };
  if (exitCode === 0) return undefined;
  return { headline: `"${line}" ${how}, and what it had committed stays`, exitCode, code: "COMMAND_FAILED" };
}

/** That the command did not fail says little, if there is a status command to ask. */
async function requireNothingLeft(end: CommandEnd, wanted: CommandWanted): Promise<void> {
  const { repo, direction, context } = wanted;
  const { status } = repo.engine.lines;
  if (direction === "down" || status === undefined) return;
  const { pending, isNamed } = await statusByCommand(repo, { schema: undefined, context, task: "check" });
  if (pending.length === 0) return;
  const left = isNamed ? `${pending.join(", ")} as` : "something as";
  const headline = `"${end.line}" exited with 0, but "${status}" still shows ${left} pending`;
  throw failure({ headline, exitCode: 1, code: "NOT_RECORDED" }, wanted, end);
}

function failure({ headline, ...fault }: Fault, wanted: CommandWanted, { line }: CommandEnd): MigrationFailure {
  return new MigrationFailure(headline, { ...fault, reports: [reportOf(wanted, line, undefined)] });
}

function reportOf(
  { repo, direction, dryRun }: CommandWanted,
  line: string,
  durationMs: number | undefined,
): MigrationReport {
  const done = durationMs === undefined ? [] : [{ name: line, durationMs }];
  const notDone = durationMs === undefined ? [line] : [];
  return { repo: repo.name, engine: repo.engine.name, direction, dryRun, done, notDone, command: line };
}

function commandFor({ engine: { lines } }: CommandRepo, direction: Direction): string {
  const line = lines[direction];
  if (line !== undefined) return line;
  throw new TaskFailure(
    `Cannot roll back: remsh sees nothing of what "${lines.up}" applies (give command() a "rollback")`,
    { code: "NO_ROLLBACK" },
  );
}

/** A command decides itself what it applies, and where. @throws TaskFailure (exit 65) that names the option. */
export function refuseSelection(
  { selection, direction, sql, schema }: Pick<Wanted, "selection" | "direction" | "schema"> & { sql?: boolean },
  line: string,
): void {
  const { to, toExclusive, step, all } = selection;
  const asked = { to, "to-exclusive": toExclusive, step, ...(direction === "down" && { all: all || undefined }) };
  const [name] = Object.entries(asked).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined)
    refuseOption(name, `"${line}" decides itself what it ${direction === "up" ? "applies" : "rolls back"}`);
  if (schema !== undefined) refuseOption("schema", `"${line}" decides itself where it works`);
  if (sql) refuseOption("sql", `remsh does not see the statements of "${line}"`, "NO_SQL");
}

function refuseOption(option: string, reason: string, code = "COMMAND_DECIDES"): never {
  throw new TaskFailure(`Cannot use --${option}: ${reason} (leave out --${option})`, { exitCode: 65, code });
}
