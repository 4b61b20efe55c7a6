// Several databases, one after the other: the first failure stops, and the report says what was and was not done.
import { messageOf } from "../../shared/message-of.ts";
import { TaskFailure, type RunContext } from "../tasks/task.ts";
import type { Repo } from "./plan/repo.ts";
import { counted, MigrationFailure, type MigrationReport } from "./migration-report.ts";

/** @throws what `take` throws; with several databases a MigrationFailure that also tells of the others. */
export async function forEachRepo(
  repos: readonly Repo[],
  context: RunContext,
  take: (repo: Repo) => Promise<MigrationReport>,
): Promise<MigrationReport[]> {
  const reports: MigrationReport[] = [];
  for (const [index, repo] of repos.entries()) {
    if (repos.length > 1) context.printErr(`${repo.name}:`);
    try {
      reports.push(await take(repo));
    } catch (error) {
      if (repos.length === 1) throw error;
      throw stopped(error, { repo, reports, rest: repos.slice(index + 1) });
    }
  }
  return reports;
}

interface Stopped {
  readonly repo: Repo;
  readonly reports: readonly MigrationReport[];
  readonly rest: readonly Repo[];
}

function stopped(error: unknown, { repo, reports, rest }: Stopped): MigrationFailure {
  const known = error instanceof TaskFailure ? error : undefined;
  const before = reports.map((report) => `${report.repo} (${counted(report.done.length)})`);
  const lines = [
    `${repo.name}: ${messageOf(error)}`,
    `Databases done: ${before.join(", ") || "none"}`,
    `Databases not begun: ${rest.map(({ name }) => name).join(", ") || "none"}`,
  ];
  return new MigrationFailure(lines.join("\n"), {
    exitCode: known?.exitCode ?? 1,
    ...(known?.code !== undefined && { code: known.code }),
    cause: error,
    reports: [...reports, ...(error instanceof MigrationFailure ? error.reports : [])],
  });
}
