// What a call to migrate or roll back comes to, as data for programs and as lines for people.
import { formatDuration } from "../../shared/duration.ts";
import { TaskFailure } from "../tasks/task.ts";
import type { Direction } from "./plan/engine.ts";

/** What was done in one database, and what was not. */
export interface MigrationReport {
  /** The name under `repos`; "default" when there is only one. */
  readonly repo: string;
  readonly engine: string;
  readonly direction: Direction;
  /** True when nothing was done because only the plan was asked for. */
  readonly dryRun: boolean;
  readonly done: readonly { readonly name: string; readonly durationMs: number }[];
  /** Planned and not done: all of them in a dry run, the failed one and those after it in a failure. */
  readonly notDone: readonly string[];
  /** The command, where the engine is `command()`. `done` and `notDone` name it, as remsh sees no single migrations. */
  readonly command?: string;
  /** In a dry run with `sql`: what each migration would send. */
  readonly sql?: readonly { readonly name: string; readonly statements: readonly string[] }[];
}

/** A migration failed, or the run was cancelled or lost its lock: `reports` says what was and was not done. */
export class MigrationFailure extends TaskFailure {
  readonly reports: readonly MigrationReport[];

  constructor(
    message: string,
    options: { exitCode: number; code?: string; cause?: unknown; reports: readonly MigrationReport[] },
  ) {
    super(message, options);
    this.reports = options.reports;
  }
}

/** The lines under a finished run, one for each database. */
export function formatReports(reports: readonly MigrationReport[]): string {
  if (reports.length === 0) return "Nothing is pending";
  return reports.map((report) => `${reports.length > 1 ? `${report.repo}: ` : ""}${summary(report)}`).join("\n");
}

function summary(report: MigrationReport): string {
  const { command, dryRun, done } = report;
  if (command === undefined) return summaryOfMigrations(report);
  return dryRun ? `Would run: ${command}` : `Ran "${command}" in ${formatDuration(done[0]?.durationMs ?? 0)}`;
}

function summaryOfMigrations({ direction, dryRun, done, notDone, sql }: MigrationReport): string {
  if (sql && notDone.length > 0) return sql.map(shownStatements).join("\n\n");
  if (dryRun && notDone.length > 0) {
    return [`Would ${direction === "up" ? "apply" : "roll back"} ${counted(notDone.length)}:`, ...notDone].join("\n  ");
  }
  if (done.length === 0)
    return direction === "up" ? "Nothing to migrate: already up" : "Nothing to roll back: already down";
  const total = done.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `${direction === "up" ? "Applied" : "Rolled back"} ${counted(done.length)} in ${formatDuration(total)}`;
}

/** As a file that psql could read. */
function shownStatements({ name, statements }: { name: string; statements: readonly string[] }): string {
  const ended = statements.filter((text) => text !== "").map((text) => (text.endsWith(";") ? text : `${text};`));
  return [`-- ${name}`, ...ended].join("\n");
}

/** `1 migration`, `3 migrations`. */
export function counted(count: number): string {
  return `${count} migration${count === 1 ? "" : "s"}`;
}
