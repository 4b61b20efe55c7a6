// Reads which migrations a database has had, where its schema exists: in one that does not everything would look pending.
import type { Client } from "pg";
import { TaskFailure } from "../task.ts";
import type { History } from "./engine.ts";
import type { Repo } from "./repo.ts";

/** @throws TaskFailure (exit 65) when there is no such schema. */
export async function readHistory(client: Client, { engine }: Repo, schema: string | undefined): Promise<History> {
  if (schema !== undefined) await requireSchema(client, schema);
  return engine.read(client, schema);
}

async function requireSchema(client: Client, schema: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (rowCount && rowCount > 0) return;
  throw new TaskFailure(`Cannot use the schema "${schema}": it does not exist`, {
    exitCode: 65,
    code: "UNKNOWN_SCHEMA",
  });
}
