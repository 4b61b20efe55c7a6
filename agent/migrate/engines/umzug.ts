// Runs the migrations that the user's own Umzug instance finds, and records them in its storage. remsh provides a
// storage in the database with the table that umzug and sequelize-cli use.
import type { Client } from "pg";
import { badOption, requireKnownOptions } from "../plan/known-options.ts";
import type { Engine, MigrationFile } from "../plan/engine.ts";
import type { RecordTable } from "../database/record-table.ts";
import { exportsOf, noDown } from "../plan/no-down.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { postgresTable, sqlTable, type UmzugStorage, type UmzugTable } from "./umzug-tables.ts";

export type { UmzugStorage } from "./umzug-tables.ts";

/** What remsh asks of an Umzug instance. */
export interface UmzugInstance<Context> {
  readonly options: {
    context?: Context | (() => Promise<Context> | Context);
    storage?: { executed(meta: { context: Context }): Promise<string[]> };
  };
  readonly migrations: (context: Context) => Promise<readonly { name: string; path?: string; down?: unknown }[]>;
  up(options: { migrations: string[] }): Promise<unknown>;
  down(options: { migrations: string[] }): Promise<unknown>;
}

/** How to make an Umzug instance for a connection. */
export interface UmzugOptions<Context, Connection = Client> {
  /**
   * Called for each migration anew. Use `client` in the context and `storage` as the storage: then all is one
   * transaction. `client` is the driver's own connection: of pg, of `mysql2/promise`, of better-sqlite3.
   */
  create: (connection: { client: Connection; storage: UmzugStorage }) => UmzugInstance<Context>;
  /** The table of `storage`, and part of the lock's key. Default `"SequelizeMeta"`. */
  tableName?: string;
  /** Default `"name"`. */
  columnName?: string;
  /**
   * False for a migration that cannot run in a transaction, such as one with CREATE INDEX CONCURRENTLY. Default: always
   * true.
   */
  transaction?: (name: string) => boolean;
}

/**
 * Migrations by umzug.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or missing.
 */
export function umzug<Context, Connection = Client>(options: UmzugOptions<Context, Connection>): Engine {
  checkOptions(options);
  // Which driver it is, the address alone says: the user's types have to agree with it.
  const known = options as UmzugOptions<Context, unknown>;
  const elsewhere = umzugOn(known, sqlTable);
  return { ...umzugOn(known, postgresTable), elsewhere: { MySQL: elsewhere, SQLite: elsewhere } };
}

/** What an engine asks of a session. */
interface UmzugSession<Connection> {
  readonly schema: string | undefined;
  connect(): Promise<Connection>;
  restore(connection: Connection): Promise<void>;
}

function umzugOn<Context, Connection>(
  options: UmzugOptions<Context, unknown>,
  means: UmzugTable<Connection>,
): Engine<Connection, UmzugSession<Connection>> {
  const column = options.columnName ?? "name";
  const table = (schema: string | undefined): RecordTable => ({
    schema,
    name: options.tableName ?? "SequelizeMeta",
    column,
    orderBy: [column],
  });
  return {
    name: "umzug",
    table,
    async read(connection, schema) {
      const own = await means.storageIn(connection, table(schema));
      const instance = options.create({ client: means.clientOf(connection), storage: own });
      const storage = storageGiven(instance);
      const context = await contextOf(instance);
      const files = (await instance.migrations(context)).map(({ name, path, down }): MigrationFile => ({
        name,
        path,
        ...(!down && { hasDown: false }),
      }));
      return { files, applied: await storage.executed({ context }) };
    },
    async check(migration, direction) {
      if (direction === "down") await requireDownOf(migration);
    },
    async apply(migration, direction, session) {
      const connection = await session.connect();
      const { name } = migration;
      // The table is found before the migration runs, since it may change the search path or the role.
      const own = await means.storageIn(connection, table(session.schema), () => session.restore(connection));
      const storage = underRecord(own, migration);
      const instance = options.create({ client: means.clientOf(connection), storage });
      if (migration.recordedAs !== undefined && instance.options.storage !== storage)
        throw ownStorageFailure(migration);
      const work = (): Promise<unknown> => instance[direction]({ migrations: [name] });
      await (options.transaction?.(name) === false ? work() : means.inTransaction(connection, work));
    },
  };
}

function checkOptions(options: object): void {
  const names = ["create", "tableName", "columnName", "transaction"];
  const own = ["migrations", "context", "storage", "logger"];
  const refused = Object.fromEntries(
    own.map((name) => [name, 'it is Umzug\'s: give it to the Umzug that "create" makes']),
  );
  requireKnownOptions(options, { of: "umzug()", names, refused });
  if ("create" in options && typeof options.create === "function") return;
  throw badOption('Cannot use umzug(): "create" is no function; it makes an Umzug for a connection');
}

/** Without a storage Umzug keeps its record in a file of the working directory. */
function storageGiven<Context>({
  options,
  migrations,
}: UmzugInstance<Context>): NonNullable<UmzugInstance<Context>["options"]["storage"]> {
  if (typeof migrations !== "function")
    throw badOption('Cannot use the Umzug that "create" makes: it is older than umzug 3 (npm install umzug@3)');
  if (options.storage) return options.storage;
  throw badOption(
    'Cannot use the Umzug that "create" makes: it has no storage, and would keep its record in the file umzug.json (give it the "storage" that "create" gets)',
  );
}

/**
 * Refuses a migration without a down, for which umzug would delete the record and do nothing else. umzug's own resolver
 * gives every migration a `down`, so this looks into the file. A file that cannot be imported is not refused: the
 * user's own resolver reads it.
 */
async function requireDownOf(migration: MigrationFile): Promise<void> {
  if (!/\.[cm]?[jt]s$/.test(migration.path ?? "")) return;
  const found = await exportsOf(migration.path ?? "").catch(() => undefined);
  if (found && typeof found.down !== "function") throw noDown(migration.name);
}

async function contextOf<Context>({ options }: UmzugInstance<Context>): Promise<Context> {
  const { context = {} as Context } = options; // umzug's own default
  return typeof context === "function" ? (context as () => Promise<Context> | Context)() : context;
}

/**
 * A storage that shows umzug the migration's file name in place of the recorded name, such as that of its TypeScript
 * source.
 */
function underRecord(storage: UmzugStorage, { name, recordedAs }: MigrationFile): UmzugStorage {
  if (recordedAs === undefined) return storage;
  return {
    ...storage,
    executed: async () => (await storage.executed()).map((one) => (one === recordedAs ? name : one)),
    unlogMigration: async (migration) =>
      storage.unlogMigration({ name: migration.name === name ? recordedAs : migration.name }),
  };
}

function ownStorageFailure({ name, recordedAs }: MigrationFile): TaskFailure {
  return new TaskFailure(
    `Cannot roll back "${name}": it is recorded as "${recordedAs}" in a storage of your own; rename its record there`,
    { code: "RECORDED_OTHERWISE" },
  );
}
