// Reads which migrations a database has had, where its schema exists: in one that does not everything would look pending. Two
// files of one name could not be told apart by what the table says: then nothing may run.
import path from "node:path";
import type { Client } from "pg";
import { TaskFailure } from "../task.ts";
import type { History, MigrationFile } from "./engine.ts";
import { schemaExists } from "./recorded.ts";
import type { Repo } from "./repo.ts";

/** @throws TaskFailure (exit 65) when there is no such schema. */
export async function readHistory(client: Client, { engine }: Repo, schema: string | undefined): Promise<History> {
  if (schema !== undefined) await requireSchema(client, schema);
  const history = await engine.read(client, schema);
  const blocked = history.blocked ?? sameName(history.files);
  return { ...history, ...(blocked !== undefined && { blocked }) };
}

function sameName(files: readonly MigrationFile[]): string | undefined {
  const seen = new Set<string>();
  const repeated = files.find(({ name }) => seen.size === seen.add(name).size);
  if (!repeated) return undefined;
  const paths = files.flatMap((file) => (file.name === repeated.name && file.path ? path.relative("", file.path) : []));
  return `there is more than one file for "${repeated.name}"${paths.length > 0 ? `: ${paths.join(", ")}` : ""}`;
}

async function requireSchema(client: Client, schema: string): Promise<void> {
  if (await schemaExists(client, schema)) return;
  throw new TaskFailure(`Cannot use the schema "${schema}": it does not exist`, {
    exitCode: 65,
    code: "UNKNOWN_SCHEMA",
  });
}
