// Runs Sequelize's migrations as sequelize-cli lays them out: files with `up(queryInterface, Sequelize)`, recorded in
// `SequelizeMeta`. sequelize-cli has no interface for programs, so remsh calls the files itself, with Sequelize's own
// query interface, and writes the table as sequelize-cli does.
import path from "node:path";
import { promisify } from "node:util";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import { ensureSchema } from "../database/ensure-schema.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import type { Direction, Engine, MigrationFile } from "../plan/engine.ts";
import { importFile } from "../plan/import-file.ts";
import { noDown } from "../plan/no-down.ts";
import { identifier, locate, tableExists, tableName, type TablePlace } from "../sql/table-place.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { lentDriver } from "./lent-client.ts";
import { listFolder } from "./list-folder.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { resolveInApp } from "./resolve-in-app.ts";
import { checkSequelizeOptions, PASSED_ON, type SequelizeOptions } from "./sequelize-options.ts";

export type { SequelizeOptions } from "./sequelize-options.ts";

/** sequelize-cli's own pattern. */
const FILES = /^(?!.*\.d\.ts$).*\.(?:cjs|js|cts|ts)$/;
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Migrations of sequelize-cli, with its table and its files.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function sequelize(options: SequelizeOptions = {}): Engine {
  checkSequelizeOptions(options);
  const folder = (): string => resolveInApp(options.directory ?? options["migrations-path"] ?? "migrations");
  const table = (schema: string | undefined): RecordTable => ({
    schema: options.migrationStorageTableSchema ?? schema,
    name: options.migrationStorageTableName ?? "SequelizeMeta",
    column: "name",
    orderBy: ["name"],
  });
  return {
    name: "sequelize",
    table,
    read: async (client, schema) => ({
      files: await listFiles(folder()),
      applied: await readRecorded(client, table(schema)),
    }),
    async check(migration, direction) {
      const { down } = await loadMigration(migration);
      if (direction === "down" && typeof down !== "function") throw noDown(migration.name);
    },
    async apply(migration, direction, session) {
      const run = (await loadMigration(migration))[direction];
      if (typeof run !== "function") throw noDown(migration.name);
      const client = await session.connect();
      // Found before the migration runs, since it may change the search path or the role.
      const place = await locate(client, table(session.schema));
      const work = async (): Promise<void> => {
        await withSequelize(client, options, (queryInterface, Sequelize) => run(queryInterface, Sequelize));
        await session.restore(client);
        await record(client, place, { migration, direction });
      };
      const wanted = options.transaction?.(migration.name) ?? !/\btransaction\s*\(/.test(String(run));
      await (wanted ? inTransaction(client, work) : work());
    },
  };
}

type Run = (queryInterface: unknown, Sequelize: unknown) => Promise<unknown>;

async function withSequelize(client: Client, options: SequelizeOptions, run: Run): Promise<void> {
  const { Sequelize } = await loadPeer("sequelize", () => importPeer("sequelize"));
  const { dialectOptions, ...own } = Object.fromEntries(PASSED_ON.map((name) => [name, options[name]]));
  const instance = new Sequelize({
    logging: false,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    dialect: "postgres",
    dialectModule: await lentDriver(client),
    // Else Sequelize would hide the database's notices.
    dialectOptions: { ...(dialectOptions as object | undefined), clientMinMessages: "ignore" },
    // All its connections are the session's one. A statement may take as long as it likes.
    pool: { idle: FOREVER_MS, acquire: FOREVER_MS },
  });
  try {
    await run(instance.getQueryInterface(), Sequelize);
  } finally {
    // Not close(): it waits for a connection in an open transaction, which a failed migration never gives back.
    await connectionsOf(instance).destroyAllNow();
  }
}

/** Sequelize has it without declaring it. */
function connectionsOf(instance: object): { destroyAllNow(): Promise<void> } {
  const { pool } = Reflect.get(instance, "connectionManager") as { pool: { destroyAllNow(): Promise<void> } };
  return pool;
}

/** By file name, with the extension, as sequelize-cli records them. */
async function listFiles(folder: string): Promise<MigrationFile[]> {
  const names = (await listFolder(folder)).filter((name) => FILES.test(name)).sort();
  return names.map((name) => ({ name, path: path.resolve(folder, name) }));
}

interface SequelizeMigration {
  readonly up: Run;
  readonly down: Run | undefined;
}

async function loadMigration({ name, path: file = "" }: MigrationFile): Promise<SequelizeMigration> {
  const module = await importFile(pathToFileURL(file));
  const found = [module.default, module].find(isMigration);
  if (found) return { up: asPromised(found.up) as Run, down: asPromised(found.down) };
  throw new TaskFailure(`Cannot use "${path.relative("", file) || name}": it exports no function "up"`, {
    exitCode: 78,
    code: "NO_MIGRATION",
  });
}

function isMigration(value: unknown): value is { up: Run; down?: Run } {
  return typeof value === "object" && value !== null && "up" in value && typeof value.up === "function";
}

/** A function of three parameters gets a callback, as in sequelize-cli. The text stays that of the function. */
function asPromised(run: Run | undefined): Run | undefined {
  if (run?.length !== 3) return run;
  return Object.assign(promisify<unknown, unknown, unknown>(run as never), { toString: () => String(run) });
}

interface Recording {
  readonly migration: MigrationFile;
  readonly direction: Direction;
}

async function record(client: Client, place: TablePlace, { migration, direction }: Recording): Promise<void> {
  const { name, recordedAs = name } = migration;
  const table = tableName(place);
  if (direction === "down") return void (await client.query(`DELETE FROM ${table} WHERE name = $1`, [recordedAs]));
  if (place.schema !== undefined) await ensureSchema(client, place.schema);
  if (!(await tableExists(client, place)))
    await client.query(`CREATE TABLE ${table} (name VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY)`);
  const times = (await timesOf(client, place)).map(identifier);
  await client.query(
    `INSERT INTO ${table} (${["name", ...times].join(", ")}) VALUES (${["$1", ...times.map(() => "now()")].join(", ")})`,
    [name],
  );
}

/** The columns that sequelize-cli adds with `db:migrate:schema:timestamps:add`. */
async function timesOf(client: Client, place: TablePlace): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attname IN ('createdAt', 'updatedAt')`,
    [tableName(place)],
  );
  return rows.map(({ name }) => name);
}
