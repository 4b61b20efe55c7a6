// `migrate --check`: the gate of a deploy. Reads, changes nothing, and fails when something is pending in any database.
import { TaskFailure } from "../task.ts";
import { readHistory } from "./history.ts";
import { mergeHistory, planUp, type Selection } from "./plan.ts";
import { openRepo, type Repo } from "./repo.ts";
import { counted } from "./report.ts";

/** Resolves to no reports. @throws TaskFailure (exit 75) that names what is pending. */
export async function requireNothingPending(
  repos: readonly Repo[],
  asked: Selection & { schema?: string },
): Promise<[]> {
  const pending: string[] = [];
  for (const repo of repos) {
    const names = await pendingIn(repo, asked);
    pending.push(...names.map((name) => (repos.length > 1 ? `${repo.name} ${name}` : name)));
  }
  if (pending.length === 0) return [];
  throw new TaskFailure(`${counted(pending.length)} pending: ${pending.join(", ")}`, { exitCode: 75, code: "PENDING" });
}

async function pendingIn(repo: Repo, { schema, ...selection }: Selection & { schema?: string }): Promise<string[]> {
  const database = await openRepo(repo);
  const history = await database.use((client) => readHistory(client, repo, schema ?? repo.schema));
  if (history.blocked) throw new TaskFailure(`Cannot migrate: ${history.blocked}`, { code: "BLOCKED" });
  return planUp(mergeHistory(history), selection).steps.map(({ name }) => name);
}
