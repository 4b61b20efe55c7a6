// The status of each database, from its engine or from its status command.
import type { RunContext } from "../tasks/task.ts";
import { statusByCommand } from "./migrate-by-command.ts";
import { readStatus, type MigrationStatus } from "./plan/migration-status.ts";
import { isCommandRepo, type CommandRepo, type Repo } from "./plan/repo.ts";

/** What is asked of each. */
interface Asked {
  readonly schema: string | undefined;
  readonly context: RunContext;
}

/** Reads the status of each database; changes nothing and takes no lock. */
export async function statusOfRepos(repos: readonly Repo[], asked: Asked): Promise<MigrationStatus[]> {
  const all: MigrationStatus[] = [];
  for (const repo of repos)
    all.push(...(await (isCommandRepo(repo) ? commandStatus(repo, asked) : readStatus(repo, asked.schema))));
  return all;
}

/** Without names there is one row: the command, which is down when something is pending. */
async function commandStatus(repo: CommandRepo, asked: Asked): Promise<MigrationStatus[]> {
  const { applied, pending } = await statusByCommand(repo, { ...asked, task: "show the status" });
  const rows = (names: readonly string[], status: "up" | "down") =>
    names.map((name) => ({ repo: repo.name, name, status, missing: false }));
  return [...rows(applied, "up"), ...rows(pending, "down")];
}
