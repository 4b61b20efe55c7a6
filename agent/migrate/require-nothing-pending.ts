// `migrate --check`: the gate of a deploy. Reads, changes nothing, and fails when something is pending in any database.
import { TaskFailure } from "../tasks/task.ts";
import { makePlan, type PlanRequest } from "./plan/make-plan.ts";
import { openRepo, type Repo } from "./plan/repo.ts";
import { counted } from "./migration-report.ts";

/**
 * Resolves to no reports. @throws TaskFailure (exit 75) that names what is pending, and what `migrate` would throw
 * before it begins.
 */
export async function requireNothingPending(
  repos: readonly Repo[],
  asked: Omit<PlanRequest, "repo" | "direction" | "database">,
): Promise<[]> {
  const pending: string[] = [];
  for (const repo of repos) {
    const names = await pendingIn({ ...asked, repo, direction: "up" });
    pending.push(...names.map((name) => (repos.length > 1 ? `${repo.name} ${name}` : name)));
  }
  if (pending.length === 0) return [];
  throw new TaskFailure(`${counted(pending.length)} pending: ${pending.join(", ")}`, { exitCode: 75, code: "PENDING" });
}

async function pendingIn(request: Omit<PlanRequest, "database">): Promise<string[]> {
  const database = await openRepo(request.repo);
  const { steps } = await database.use((client) => makePlan(client, { ...request, database }));
  return steps.map(({ name }) => name);
}
