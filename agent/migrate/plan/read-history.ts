// Reads which migrations a database has had, if its schema exists: without the schema, every migration would look
// pending. If two files have the same name, or names that differ only in their extension, the table cannot tell them
// apart, and nothing may run.
import path from "node:path";
import { TaskFailure } from "../../tasks/task.ts";
import type { AnyDatabase } from "../database/any-database.ts";
import type { AnyEngine, History, MigrationFile } from "./engine.ts";
import { stemOf } from "./match-records.ts";
import type { ChosenSchema, OpenRepo } from "./repo.ts";
import type { Settings } from "../database/settings.ts";

/** @throws TaskFailure (exit 65) when there is no such schema. */
export async function readHistory(
  client: unknown,
  { database, repo }: OpenRepo,
  { name, mustExist }: ChosenSchema,
): Promise<History> {
  if (name !== undefined && mustExist && !repo.engine.makesSchema && !(await database.hasSchema(client, name)))
    throw unknownSchema(name);
  const history = await readEngine(client, { ...repo, database, schema: name });
  const blocked = history.blocked ?? sameName(history);
  return { ...history, ...(blocked !== undefined && { blocked }) };
}

interface Readable {
  readonly database: AnyDatabase;
  readonly engine: AnyEngine;
  readonly schema?: string | undefined;
  readonly settings?: Settings | undefined;
}

/** What the engine reads, under the settings of the migrations: a role or a search path decides which table is read. */
export async function readEngine(client: unknown, { database, engine, schema, settings }: Readable): Promise<History> {
  return database.under(client, { schema, settings }, () => engine.read(client, schema));
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

function unknownSchema(schema: string): TaskFailure {
  return new TaskFailure(`Cannot use the schema "${schema}": it does not exist`, {
    exitCode: 65,
    code: "UNKNOWN_SCHEMA",
  });
}
