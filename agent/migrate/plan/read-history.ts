// Reads which migrations a database has had, if its schema exists: without the schema, every migration would look
// pending. If two files have the same name, or names that differ only in their extension, the table cannot tell them
// apart, and nothing may run.
import path from "node:path";
import type { Client } from "pg";
import { TaskFailure } from "../../tasks/task.ts";
import type { Engine, History, MigrationFile } from "./engine.ts";
import { stemOf } from "./match-records.ts";
import { schemaExists } from "../database/ensure-schema.ts";
import type { ChosenSchema, EngineRepo } from "./repo.ts";
import { underSettings, wantedSettings, type Settings } from "../database/settings.ts";

/** @throws TaskFailure (exit 65) when there is no such schema. */
export async function readHistory(
  client: Client,
  repo: EngineRepo,
  { name, mustExist }: ChosenSchema,
): Promise<History> {
  if (name !== undefined && mustExist && !repo.engine.makesSchema) await requireSchema(client, name);
  const history = await readEngine(client, { ...repo, schema: name });
  const blocked = history.blocked ?? sameName(history);
  return { ...history, ...(blocked !== undefined && { blocked }) };
}

/** What the engine reads, under the settings of the migrations: a role or a search path decides which table is read. */
export async function readEngine(
  client: Client,
  { engine, schema, settings }: { engine: Engine; schema?: string | undefined; settings?: Settings | undefined },
): Promise<History> {
  return underSettings(client, wantedSettings(schema, settings), () => engine.read(client, schema));
}

/**
 * A migration and its compiled copy in one folder are two files of one migration, unless both were applied separately.
 */
function sameName({ files, applied }: History): string | undefined {
  const byStem = new Map<string, MigrationFile[]>();
  for (const file of files) byStem.set(stemOf(file.name), [...(byStem.get(stemOf(file.name)) ?? []), file]);
  for (const [stem, alike] of byStem) {
    const names = new Set(alike.map(({ name }) => name));
    const apart = names.size === alike.length && alike.every(({ name }) => applied.includes(name));
    if (alike.length > 1 && !apart) return sameNameSentence(names.size === 1 ? [...names].join() : stem, alike);
  }
  return undefined;
}

function sameNameSentence(name: string, files: readonly MigrationFile[]): string {
  const paths = files.map((file) => (file.path === undefined ? `"${file.name}"` : path.relative("", file.path)));
  return `there is more than one file for "${name}": ${paths.join(", ")}; have the engine find only one of them`;
}

async function requireSchema(client: Client, schema: string): Promise<void> {
  if (await schemaExists(client, schema)) return;
  throw new TaskFailure(`Cannot use the schema "${schema}": it does not exist`, {
    exitCode: 65,
    code: "UNKNOWN_SCHEMA",
  });
}
