// Runs Prisma Migrate's migrations: SQL files, one folder each, recorded in `_prisma_migrations`. Prisma has no API for
// this, and its command line applies all pending migrations at once, with an engine that it downloads. So remsh runs
// the files itself. It writes Prisma's table as Prisma does, so that `prisma migrate status` and
// `prisma migrate deploy` find everything in order.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import { checksumOf, isChecksumOf } from "./checksum-of.ts";
import type { Engine, History } from "../plan/engine.ts";
import type { TablePlace } from "../sql/table-place.ts";
import { resolveInApp } from "./resolve-in-app.ts";
import { requireKnownOptions } from "../plan/known-options.ts";
import { listFolder } from "./list-folder.ts";
import { ensureSchema } from "../database/ensure-schema.ts";
import { locate, tableExists, tableName } from "../sql/table-place.ts";
import { findStatements } from "../sql/find-statements.ts";
import { readSqlFile, withoutMark } from "../sql/read-sql-file.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { Session } from "../database/session.ts";
import { runPrismaScript, type ScriptRecord } from "./run-prisma-script.ts";

/** Where Prisma's migrations are. The option names of prisma.config.ts work, too. */
export interface PrismaOptions {
  /** From the app's folder. Default `"prisma/migrations"`. */
  directory?: string;
  /** prisma.config.ts has the folder as `path`. */
  migrations?: { path?: string; seed?: string; initShadowDb?: string };
  /** The other options of prisma.config.ts. remsh ignores them: `databaseUrl` says where to connect. */
  readonly [name: string]: unknown;
}

const IGNORED = [
  ...["schema", "engine", "datasource", "experimental", "earlyAccess", "tables", "enums", "views", "typedSql"],
  ...["adapter", "studio", "extensions"],
];

/** The lock that `prisma migrate` takes. */
const PRISMA_LOCK = 72707369n;

/** Prisma's own table, column for column. */
const COLUMNS = `(
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/**
 * Migrations by Prisma Migrate, with the table and the files of Prisma's command line.
 *
 * @throws TaskFailure (exit 78) when an option is unknown.
 */
export function prisma(options: PrismaOptions = {}): Engine {
  requireKnownOptions(options, { of: "prisma()", names: ["directory", "migrations", ...IGNORED] });
  const names = ["path", "seed", "initShadowDb"];
  requireKnownOptions(options.migrations ?? {}, { of: 'the "migrations" of prisma()', names });
  const folder = (): string => resolveInApp(options.directory ?? options.migrations?.path ?? "prisma/migrations");
  const table = (schema: string | undefined) => ({ schema, name: "_prisma_migrations" });
  return {
    name: "prisma",
    upOnly: "Prisma keeps no down migrations; undo the change by a new migration",
    table,
    readsSchemaParameter: true,
    advisoryLock: PRISMA_LOCK,
    read: async (client, schema) => readHistory(client, folder(), await locate(client, table(schema))),
    async check({ path: file = "" }) {
      await readSqlFile(file);
    },
    async statements({ path: file = "" }) {
      const script = withoutMark(await readSqlFile(file));
      return findStatements(script).map(({ start, end }) => script.slice(start, end));
    },
    async apply({ name, path: file = "" }, _direction, session) {
      const client = await session.connect();
      const script = await readSqlFile(file);
      if (session.schema !== undefined) await ensureSchema(client, session.schema);
      const recorded = await locate(client, table(session.schema));
      if (!(await tableExists(client, recorded))) await client.query(`CREATE TABLE ${tableName(recorded)} ${COLUMNS}`);
      await runPrismaScript(
        client,
        withoutMark(script),
        recordOf(client, tableName(recorded), { name, script, session }),
      );
    },
  };
}

interface Recorded {
  readonly name: string;
  readonly script: string;
  readonly session: Session;
}

/** Writes records as Prisma does. A migration that began and did not finish blocks Prisma and remsh until resolved. */
function recordOf(client: Client, table: string, { name, script, session }: Recorded): ScriptRecord {
  const id = randomUUID();
  const started = new Date();
  const begun = [id, checksumOf(script), name, started];
  return {
    async begin() {
      await client.query(
        `INSERT INTO ${table} (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, $4)`,
        begun,
      );
    },
    async fail(reason, done) {
      await session.restore(client);
      if (done) await client.query(`UPDATE ${table} SET logs = $2 WHERE id = $1`, [id, reason]);
      else await client.query(`DELETE FROM ${table} WHERE id = $1`, [id]);
    },
    async finish() {
      await session.restore(client);
      await client.query(
        `INSERT INTO ${table} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, $4, now(), 1)
         ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, applied_steps_count = 1`,
        begun,
      );
    },
  };
}

interface Row {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

async function readHistory(client: Client, directory: string, table: TablePlace): Promise<History> {
  await requirePostgres(directory);
  const rows = await readRows(client, table);
  const applied = rows.filter(({ finished }) => finished).map(({ name }) => name);
  const { files, blocked } = await listFiles(directory, new Set(applied));
  const texts = new Map<string, string>();
  for (const { name, path: file } of rows.length > 0 ? files : []) texts.set(name, await readFile(file, "utf8"));
  const unfinished = rows.find(({ finished }) => !finished);
  const reason = unfinished ? unfinishedSentence(unfinished.name) : (blocked ?? renamedSentence(texts, rows));
  const warnings = [...texts].flatMap(([name, text]) => editedWarning(name, text, rows));
  return { files, applied, warnings, ...(reason !== undefined && { blocked: reason }) };
}

async function readRows(client: Client, table: TablePlace): Promise<Row[]> {
  if (!(await tableExists(client, table))) return [];
  const { rows } = await client.query<Row>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM ${tableName(table)}
      WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

/** Finds a renamed folder: it has the text of an applied migration whose own folder is gone. */
function renamedSentence(texts: ReadonlyMap<string, string>, rows: readonly Row[]): string | undefined {
  const gone = rows.filter(({ name }) => !texts.has(name));
  for (const [name, text] of texts) {
    const same = gone.find(({ checksum }) => isChecksumOf(checksum, text));
    if (same && !rows.some((row) => row.name === name))
      return `"${name}" was applied as "${same.name}": give its folder that name again, or rename the record`;
  }
  return undefined;
}

function unfinishedSentence(name: string): string {
  const resolve = `prisma migrate resolve --rolled-back ${name}`;
  return `Prisma has not finished "${name}": it runs now, or it failed (see to it, then run "${resolve}", or the same with --applied)`;
}

function editedWarning(name: string, text: string, rows: readonly Row[]): string[] {
  const recorded = rows.find((row) => row.name === name)?.checksum;
  return recorded === undefined || isChecksumOf(recorded, text) ? [] : [`"${name}" was edited after it was applied`];
}

/** The folders that hold a migration, and a sentence when one of the others is not applied. */
async function listFiles(
  directory: string,
  applied: ReadonlySet<string>,
): Promise<{ files: { name: string; path: string }[]; blocked?: string }> {
  const folders = await listFolder(directory, "folder");
  const all = folders.sort().map((name) => ({ name, path: path.resolve(directory, name, "migration.sql") }));
  const files = all.filter(({ path: file }) => existsSync(file));
  const empty = all.find((file) => !files.includes(file) && !applied.has(file.name));
  const blocked =
    empty &&
    `there is no migration.sql in "${path.relative("", path.dirname(empty.path))}": put it back, or delete the folder`;
  return { files, ...(blocked !== undefined && { blocked }) };
}

/** Refuses migrations that were made for another kind of database, as Prisma does. @throws TaskFailure (exit 78). */
async function requirePostgres(directory: string): Promise<void> {
  const file = path.resolve(directory, "migration_lock.toml");
  const text = await readFile(file, "utf8").catch(() => ""); // Prisma does without it, too
  const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(text)?.[1] ?? "postgresql";
  if (["postgresql", "postgres", "cockroachdb"].includes(provider)) return;
  throw new TaskFailure(`Cannot use the migrations in "${directory}": "${file}" says that they are for ${provider}`, {
    exitCode: 78,
    code: "OTHER_DATABASE",
  });
}
