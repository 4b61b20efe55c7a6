// Makes the plan for one database, and refuses a plan that would apply a migration twice. A doubtful plan is a warning,
// and with `--strict` a refusal. This replaces the engines' own checks, which do not know the order in which remsh
// works.
import { TaskFailure } from "../../tasks/task.ts";
import type { Direction } from "./engine.ts";
import { readHistory } from "./read-history.ts";
import { mergeHistory, planDown, planUp, type Plan, type Selection } from "./plan.ts";
import { tableName } from "../sql/table-place.ts";
import { chooseSchema, type OpenRepo } from "./repo.ts";

/** What is asked for one database. */
export interface PlanRequest extends OpenRepo {
  readonly direction: Direction;
  readonly selection: Selection;
  /** The schema that the caller asks for, if any. */
  readonly schema: string | undefined;
  readonly strict: boolean;
  /** Receives each warning. */
  readonly warn: (line: string) => void;
}

/** @throws TaskFailure (exit 1) when nothing may run, (exit 65) when the selection fits no migration. */
export async function makePlan(client: unknown, request: PlanRequest): Promise<Plan> {
  const { repo, direction, selection } = request;
  const schema = chooseSchema(request, request.schema);
  const history = await readHistory(client, request, schema);
  if (history.blocked) throw new TaskFailure(`Cannot migrate: ${history.blocked}`, { code: "BLOCKED" });
  const known = mergeHistory(history);
  const plan = direction === "up" ? planUp(known, selection) : planDown(known, selection);
  for (const step of plan.steps) await repo.engine.check?.(step, direction);
  if (plan.renamed) throw renamedFailure(plan.renamed, tableName(repo.engine.table(schema.name)));
  for (const { code, text } of [...doubts(plan), ...(history.warnings ?? []).map(edited)]) {
    const refused = request.strict || (repo.engine.ordered && code === "OUT_OF_ORDER");
    if (refused && direction === "up") throw new TaskFailure(`Cannot migrate: ${text}`, { code });
    request.warn(`warning: ${text}`);
  }
  return plan;
}

interface Doubt {
  readonly code: string;
  readonly text: string;
}

function doubts({ late, missing }: Plan): Doubt[] {
  return [
    ...missing.map((name) => ({ code: "FILE_NOT_FOUND", text: `"${name}" is applied, but its file is gone` })),
    ...late.map((name) => ({
      code: "OUT_OF_ORDER",
      text: `"${name}" is pending, but older than the newest applied migration`,
    })),
  ];
}

function edited(text: string): Doubt {
  return { code: "EDITED", text };
}

function renamedFailure({ from, to }: { from: string; to: string }, table: string): TaskFailure {
  return new TaskFailure(
    `Cannot migrate: "${from}" is applied, but its file is gone, and "${to}" looks like the same under another name; ` +
      `if it is, rename its record in the table ${table}, else give it a name of its own`,
    { code: "RENAMED" },
  );
}
