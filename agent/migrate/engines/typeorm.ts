// Runs TypeORM's migrations: classes with `up(queryRunner)`, recorded in `migrations`. TypeORM's own executor applies
// all pending migrations. remsh gives it one at a time, on a data source that has the session's connection.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import type * as TypeOrm from "typeorm";
import type { DataSource, DataSourceOptions, Migration, QueryRunner } from "typeorm";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import type { Session } from "../database/session.ts";
import type { Direction, Engine, MigrationFile } from "../plan/engine.ts";
import { noDown } from "../plan/no-down.ts";
import { locate } from "../sql/table-place.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { lentDriver } from "./lent-client.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { inApp, ownSettings, settingsOf, type DataSourceSettings, type TypeOrmOptions } from "./typeorm-options.ts";

export type { TypeOrmOptions } from "./typeorm-options.ts";

/**
 * Migrations by TypeORM, with the table and the classes of its own command line.
 *
 * @throws TaskFailure (exit 78) when there is no data source for PostgreSQL, or it names no migrations.
 */
export function typeorm(options: TypeOrmOptions): Engine {
  const settings = settingsOf(options);
  const table = (schema: string | undefined): RecordTable => ({
    schema: schema ?? settings.schema,
    name: settings.migrationsTableName ?? "migrations",
    column: "name",
    orderBy: ["id"],
  });
  return {
    name: "typeorm",
    table,
    read: async (client, schema) => ({
      files: await listFiles(settings),
      applied: await readRecorded(client, table(schema)),
    }),
    async check({ name }, direction) {
      const { instance } = await findMigration(settings, name);
      if (direction === "down" && typeof instance?.down !== "function") throw noDown(name);
    },
    async apply({ name }, direction, session) {
      const migration = await findMigration(settings, name);
      const client = await session.connect();
      const { schema } = await locate(client, table(session.schema));
      await run({ migration, direction, session, client, settings, schema });
    },
  };
}

interface Step {
  readonly migration: Migration;
  readonly direction: Direction;
  readonly session: Session;
  readonly client: Client;
  readonly settings: DataSourceSettings;
  readonly schema: string | undefined;
}

async function run(step: Step): Promise<void> {
  const { migration, settings, client, schema } = step;
  const dataSource = await makeDataSource(ownSettings(settings, { driver: await lentDriver(client), schema }));
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  const isWhole = migration.instance?.transaction ?? settings.migrationsTransactionMode !== "none";
  try {
    if (isWhole) await runner.startTransaction();
    await apply(step, dataSource, runner);
    if (isWhole) await runner.commitTransaction();
  } catch (error) {
    // The connection may be gone, and the transaction with it.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
    throw error;
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** What the migration has set in its session is restored before its record is written. */
async function apply(
  { migration, direction, session, client }: Step,
  dataSource: DataSource,
  runner: QueryRunner,
): Promise<void> {
  const { MigrationExecutor } = await load();
  const executor = new MigrationExecutor(dataSource, runner);
  const { instance } = migration;
  if (direction === "up") {
    const up = async (): Promise<void> => {
      await instance?.up(runner);
      await session.restore(client);
    };
    await executor.executeMigration({ ...migration, instance: { up, down: up } });
    return;
  }
  await runner.beforeMigration();
  await instance?.down(runner);
  await runner.afterMigration();
  await session.restore(client);
  await executor.deleteMigration(migration);
}

function load(): Promise<typeof TypeOrm> {
  return loadPeer("typeorm", () => importPeer("typeorm"));
}

async function makeDataSource(settings: object): Promise<DataSource> {
  const { DataSource } = await load();
  return new DataSource(settings as DataSourceOptions);
}

/** TypeORM's own way to the classes: by its patterns, without a connection. */
async function listMigrations(settings: DataSourceSettings): Promise<Migration[]> {
  const typeorm = await load();
  const { ConnectionMetadataBuilder } = await importPeer("typeorm/connection/ConnectionMetadataBuilder.js");
  const driver = { Pool: class {}, defaults: {} };
  const dataSource = await makeDataSource(ownSettings(settings, { driver, schema: settings.schema }));
  const builder = new ConnectionMetadataBuilder(dataSource);
  const instances = await builder.buildMigrations(inApp(settings.migrations) as (string | (new () => never))[]);
  const migrations = instances.map((instance) => {
    const name = instance.name ?? instance.constructor.name;
    return new typeorm.Migration(undefined, timeIn(name), name, instance);
  });
  return migrations.sort((one, other) => one.timestamp - other.timestamp);
}

/** TypeORM's rule: the last thirteen digits of the name. @throws TaskFailure (exit 78) without them. */
function timeIn(name: string): number {
  const time = Number.parseInt(name.slice(-13), 10);
  if (time) return time;
  throw new TaskFailure(
    `Cannot use the migration "${name}": its class's name does not end with a time in milliseconds, as TypeORM wants it`,
    { exitCode: 78, code: "NO_MIGRATION" },
  );
}

async function findMigration(settings: DataSourceSettings, wanted: string): Promise<Migration> {
  const found = (await listMigrations(settings)).find(({ name }) => name === wanted);
  if (found) return found;
  throw new TaskFailure(`Cannot find the migration "${wanted}" again: its class is gone`, { code: "FILE_NOT_FOUND" });
}

async function listFiles(settings: DataSourceSettings): Promise<MigrationFile[]> {
  const texts = await textsOf(inApp(settings.migrations));
  return (await listMigrations(settings)).map(({ name, instance }) => {
    const declared = new RegExp(`\\b${instance?.constructor.name ?? name}\\b`);
    const [file] = texts.find(([, text]) => declared.test(text)) ?? [];
    return { name, path: file, ...(typeof instance?.down !== "function" && { hasDown: false }) };
  });
}

/** The texts of the files in which the classes may be, for reports: TypeORM does not tell where it found a class. */
async function textsOf(patterns: readonly unknown[]): Promise<[file: string, text: string][]> {
  const found: [string, string][] = [];
  for (const pattern of patterns) {
    if (typeof pattern !== "string") continue;
    const folder = path.dirname(pattern.replace(/[*?{[(!].*$/s, "x"));
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const files = entries.filter((name) => /\.[cm]?[jt]s$/.test(name) && !/\.d\.|node_modules/.test(name));
    for (const name of files) {
      const file = path.join(folder, name);
      found.push([file, await readFile(file, "utf8")]);
    }
  }
  return found;
}
