// Temporary folders of migration files, and questions to the database that they are applied to.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { onTestFinished } from "vitest";

/**
 * Writes the files, by name, into a folder that is removed when the test ends. The folder is inside the project if
 * packages must be found.
 */
export async function folderOf(files: Readonly<Record<string, string>>, parent = os.tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(parent, "remsh-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await addFile(folder, name, text);
  return folder;
}

/** Adds one file to such a folder. */
export async function addFile(folder: string, name: string, text: string | Buffer): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Runs one statement on a separate connection. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** The tables of the schema, without those of the engines. */
export async function tablesIn(url: string, schema = "public"): Promise<string[]> {
  const rows = await query<{ name: string }>(
    url,
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1",
    [schema],
  );
  return rows.map(({ name }) => name).filter((name) => !/migration|pgmigrations|SequelizeMeta/i.test(name));
}
