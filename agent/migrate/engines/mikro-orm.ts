// Runs MikroORM's migrations: classes with `up()`, recorded in `mikro_orm_migrations`. MikroORM's own migrator applies
// one at a time, in one transaction with its record, on the session's connection.
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "pg";
import { inTransaction } from "../database/in-transaction.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import type { Engine, MigrationFile } from "../plan/engine.ts";
import { importFile } from "../plan/import-file.ts";
import { noDown } from "../plan/no-down.ts";
import { ownStatement } from "../sql/own-statement.ts";
import { locate } from "../sql/table-place.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { lentDriver } from "./lent-client.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { mikroOrmConfig, ownConfig, type MikroOrmConfig, type MikroOrmOptions } from "./mikro-orm-options.ts";

export type { MikroOrmOptions } from "./mikro-orm-options.ts";

/**
 * Migrations by MikroORM, with the table and the classes of its own command line.
 *
 * @throws TaskFailure (exit 78) when there is no configuration for PostgreSQL.
 */
export function mikroOrm(options: MikroOrmOptions): Engine {
  const config = mikroOrmConfig(options);
  const [name = "", own] = (config.migrations?.tableName ?? "mikro_orm_migrations").split(".").reverse();
  const table = (schema: string | undefined): RecordTable => ({
    schema: schema ?? own ?? config.schema,
    name,
    column: "name",
    orderBy: ["id"],
  });
  return {
    name: "mikro-orm",
    table,
    read: async (client, schema) => {
      const applied = await readRecorded(client, table(schema));
      return { files: await listFiles(config), applied: applied.map(withoutExtension) };
    },
    async check(migration, direction) {
      if (direction === "down" && !(await hasDown(migration))) throw noDown(migration.name);
    },
    async apply(migration, direction, session) {
      const client = await session.connect();
      const { schema = "public" } = await locate(client, table(session.schema));
      const orm = await lendTo(client, config, `${schema}.${name}`);
      const migrator = orm.getMigrator();
      const storage = migrator.getStorage();
      // MikroORM would look for the database, and make it where it is missing.
      Object.assign(migrator, { ensureDatabase: () => storage.ensureTable?.() });
      restoreFirst(storage, () => session.restore(client));
      const work = (): Promise<unknown> => migrator[direction]({ migrations: [migration.name] });
      const wanted = config.migrations?.transactional !== false && (await isTransactional(migration));
      try {
        await (wanted ? inTransaction(client, work) : work());
      } finally {
        await orm.close(true);
      }
    },
  };
}

interface Storage {
  ensureTable?(): Promise<void>;
  logMigration(migration: { name: string }): Promise<void>;
  unlogMigration(migration: { name: string }): Promise<void>;
}

/** What is used of MikroORM. Its own types are those of one version. */
interface Orm {
  getMigrator(): Record<"up" | "down", (options: { migrations: string[] }) => Promise<unknown>> & {
    getStorage(): Storage;
  };
  close(force: boolean): Promise<void>;
  readonly em: { getDriver(): { getConnection(): unknown } };
}

/** A MikroORM whose one connection is the session's. */
async function lendTo(client: Client, config: MikroOrmConfig, tableName: string): Promise<Orm> {
  const { rows } = await client.query<{ name: string }>(ownStatement("SELECT current_database() AS name"));
  const driverOptions = { pool: { min: 0, max: 1 } };
  const orm = await makeOrm(config, {
    dbName: rows[0]?.name,
    connect: false,
    driverOptions,
    migrations: { tableName },
  });
  const connection = orm.em.getDriver().getConnection() as { getKnex(): { client: object } };
  Object.assign(connection.getKnex().client, { driver: await lentDriver(client) });
  return orm;
}

/** What the migration has set in its session must not affect its record. */
function restoreFirst(storage: Storage, restore: () => Promise<void>): void {
  const log = storage.logMigration.bind(storage);
  const unlog = storage.unlogMigration.bind(storage);
  Object.assign(storage, {
    logMigration: async (migration: { name: string }) => {
      await restore();
      await log(migration);
    },
    unlogMigration: async (migration: { name: string }) => {
      await restore();
      await unlog(migration);
    },
  });
}

async function makeOrm(config: MikroOrmConfig, replaced: { readonly [name: string]: unknown }): Promise<Orm> {
  const { MikroORM } = await loadPeer("@mikro-orm/core", () => importPeer("@mikro-orm/core"));
  const { Migrator } = await loadPeer("@mikro-orm/migrations", () => importPeer("@mikro-orm/migrations"));
  const { PostgreSqlDriver } = await loadPeer("@mikro-orm/postgresql", () => importPeer("@mikro-orm/postgresql"));
  const folder = ownConfig(config, replaced) as { migrations: { path: string; migrationsList?: unknown } };
  requireFolder(folder.migrations);
  return MikroORM.init({ entities: [], ...folder, driver: PostgreSqlDriver, extensions: [Migrator] } as object);
}

/** MikroORM would make it. */
function requireFolder({ path: folder, migrationsList }: { path: string; migrationsList?: unknown }): void {
  if (migrationsList !== undefined || existsSync(folder)) return;
  throw new TaskFailure(`Cannot read the migrations in "${folder}": it does not exist`, { exitCode: 78 });
}

/** MikroORM's own list, without a connection. */
async function listFiles(config: MikroOrmConfig): Promise<MigrationFile[]> {
  const orm = await makeOrm(config, { dbName: "none", connect: false, entities: [], entitiesTs: [] });
  const { umzug } = orm.getMigrator() as unknown as { umzug: { migrations(context: object): Promise<Listed[]> } };
  return (await umzug.migrations({})).map(({ name, path: file }) => ({ name, path: file }));
}

interface Listed {
  readonly name: string;
  readonly path?: string;
}

/** MikroORM's base class has a `down` that only throws. A class from a list, without a file, is not looked at. */
async function hasDown(migration: MigrationFile): Promise<boolean> {
  const prototype = await prototypeOf(migration);
  return prototype === undefined || Object.hasOwn(prototype, "down");
}

async function isTransactional(migration: MigrationFile): Promise<boolean> {
  const prototype = (await prototypeOf(migration)) as { isTransactional?(): boolean } | undefined;
  return prototype?.isTransactional?.() !== false;
}

/** Of the first class in the file, as MikroORM takes it. */
async function prototypeOf({ path: file }: MigrationFile): Promise<object | undefined> {
  if (file === undefined) return undefined;
  const module = await importFile(pathToFileURL(file));
  const values = [module, module.default].flatMap((one) =>
    typeof one === "object" && one !== null ? Object.values(one as Record<string, unknown>) : [],
  );
  const found = values.find((one) => typeof one === "function") as { prototype?: object } | undefined;
  return found?.prototype;
}

function withoutExtension(name: string): string {
  return [".js", ".ts"].includes(path.extname(name)) ? name.slice(0, -3) : name;
}
