// `migrate --check`: the gate of a deploy. Reads, changes nothing, and fails when something is pending in any database.
import { TaskFailure, type RunContext } from "../tasks/task.ts";
import { makePlan, type PlanRequest } from "./plan/make-plan.ts";
import { isCommandRepo, openRepo, type Repo } from "./plan/repo.ts";
import { refuseSelection, statusByCommand } from "./migrate-by-command.ts";
import { counted } from "./migration-report.ts";

interface CheckRequest extends Omit<PlanRequest, "repo" | "direction" | "database"> {
  readonly context: RunContext;
}

/**
 * Resolves to no reports. @throws TaskFailure (exit 75) that names what is pending, and what `migrate` would throw
 * before it begins.
 */
export async function requireNothingPending(repos: readonly Repo[], asked: CheckRequest): Promise<[]> {
  const pending: string[] = [];
  let areNamed = true;
  for (const repo of repos) {
    const { names, isNamed } = await pendingIn(repo, asked);
    pending.push(...names.map((name) => (repos.length > 1 ? `${repo.name} ${name}` : name)));
    areNamed &&= isNamed || names.length === 0;
  }
  if (pending.length === 0) return [];
  const what = areNamed ? `${counted(pending.length)} pending` : "Pending";
  throw new TaskFailure(`${what}: ${pending.join(", ")}`, { exitCode: 75, code: "PENDING" });
}

interface Pending {
  readonly names: readonly string[];
  readonly isNamed: boolean;
}

async function pendingIn(repo: Repo, asked: CheckRequest): Promise<Pending> {
  if (isCommandRepo(repo)) {
    refuseSelection({ ...asked, direction: "up" }, repo.engine.lines.up ?? "");
    const { pending, isNamed } = await statusByCommand(repo, { ...asked, task: "check" });
    return { names: isNamed ? pending : pending.map((line) => `what "${line}" applies`), isNamed };
  }
  const opened = await openRepo(repo);
  const request: PlanRequest = { ...asked, ...opened, direction: "up" };
  const { steps } = await opened.database.use((client) => makePlan(client, request));
  return { names: steps.map(({ name }) => name), isNamed: true };
}
