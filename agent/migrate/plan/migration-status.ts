// The status of migrations: which are up, which are down, and which were applied but whose file is gone.
import { columns } from "../../../shared/columns.ts";
import { readHistory } from "./read-history.ts";
import { mergeHistory } from "./plan.ts";
import { chooseSchema, openRepo, type EngineRepo } from "./repo.ts";

/** One migration of one database. */
export interface MigrationStatus {
  readonly repo: string;
  readonly name: string;
  readonly status: "up" | "down";
  /** True when it was applied but its file is gone. */
  readonly missing: boolean;
  /** Its name in the engine's table, where that has another extension: `1_users.ts` for the file `1_users.js`. */
  readonly recordedAs?: string;
}

/** Reads the status of one database; changes nothing and takes no lock. */
export async function readStatus(asked: EngineRepo, schema: string | undefined): Promise<MigrationStatus[]> {
  const opened = await openRepo(asked);
  const { database, repo } = opened;
  const chosen = chooseSchema(opened, schema);
  const history = await database.use((client) => readHistory(client, opened, chosen));
  return mergeHistory(history).map(({ name, applied, missing, recordedAs }) => ({
    repo: repo.name,
    name,
    status: applied ? "up" : "down",
    missing,
    ...(recordedAs !== undefined && { recordedAs }),
  }));
}

/** The table that people see. */
export function formatStatus(rows: readonly MigrationStatus[]): string {
  if (rows.length === 0) return "No migrations";
  const several = new Set(rows.map(({ repo }) => repo)).size > 1;
  const cells = rows.map((row) => [...(several ? [row.repo] : []), row.status, shownName(row)]);
  return columns([[...(several ? ["Repo"] : []), "Status", "Migration"], ...cells]).join("\n");
}

function shownName({ name, missing, recordedAs }: MigrationStatus): string {
  if (missing) return `${name}  ** file not found **`;
  return recordedAs === undefined ? name : `${name}  (recorded as ${recordedAs})`;
}
