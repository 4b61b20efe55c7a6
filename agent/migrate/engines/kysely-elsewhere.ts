// Runs kysely's migrations in MySQL and SQLite.
import type { Dialect, MysqlPool, SqliteDatabase } from "kysely";
import { readNames, type SqlConnection, type SqlSession } from "../database/sql-connection.ts";
import type { RecordTable } from "../database/record-table.ts";
import type { Engine } from "../plan/engine.ts";
import { checkMigration, findMigrations, providerOf } from "./kysely-files.ts";
import { migrateOne } from "./kysely-migrator.ts";
import { returnsRows, type SqliteDriver } from "../sqlite/sqlite-connection.ts";
import type { KyselyOptions } from "./kysely-options.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { kyselyStatements } from "./kysely-statements.ts";
import { refuseRenamingPlugins } from "./refuse-renaming-plugins.ts";

/** The lock that kysely's Migrator takes in MySQL, whatever its tables. */
const LOCK = "ea586330-2c93-47c8-908d-981d9d270f9d";

/** kysely's engine for the other databases; its options were checked. */
export function kyselyElsewhere(
  options: KyselyOptions,
  kind: SqlConnection["kind"],
): Engine<SqlConnection, SqlSession> {
  const table: RecordTable = {
    schema: undefined,
    name: options.migrationTableName ?? "kysely_migration",
    lockName: options.migrationLockTableName ?? "kysely_migration_lock",
    column: "name",
    orderBy: ["timestamp", "name"],
  };
  return {
    name: "kysely",
    table: () => table,
    ...(kind === "MySQL" && { advisoryLock: LOCK }),
    ...(options.allowUnorderedMigrations === false && { ordered: true }),
    async read(connection) {
      await refuseRenamingPlugins(options, table);
      const applied = await readNames(connection, table);
      return { files: await findMigrations(options, applied), applied };
    },
    check: (migration, direction) => checkMigration(migration, direction, options),
    statements: (migration, direction) => kyselyStatements(migration, { direction, options, kind }),
    async apply(migration, direction, session) {
      const connection = await session.connect();
      const applied = await readNames(connection, table);
      const provider = await providerOf(migration, applied, options);
      await migrateOne(migration, { dialect: await dialectOf(connection), provider, direction, options });
    },
  };
}

/** kysely needs a pool. This one always lends the session's one connection, which the session ends. */
async function dialectOf({ kind, driver }: SqlConnection): Promise<Dialect> {
  const { MysqlDialect, SqliteDialect } = await loadPeer("kysely", () => importPeer("kysely"));
  // The drivers' own types are not known here: the kind says which one it is.
  if (kind === "SQLite") return new SqliteDialect({ database: asBetterSqlite(driver as SqliteDriver) });
  const lent = Object.assign(driver as object, { release() {} });
  const pool = {
    getConnection: (lend: (error: undefined, connection: object) => void) => lend(undefined, lent),
    end: (ended: () => void) => ended(),
  };
  return new MysqlDialect({ pool: pool as MysqlPool });
}

/** kysely knows better-sqlite3: node:sqlite takes values one by one, and says otherwise whether there are rows. */
function asBetterSqlite(driver: SqliteDriver): SqliteDatabase {
  return {
    close() {}, // the session closes it
    prepare(text) {
      const statement = driver.prepare(text);
      return {
        reader: returnsRows(statement),
        all: (values) => statement.all(...values),
        run: (values) => statement.run(...values) as { changes: number | bigint; lastInsertRowid: number | bigint },
        iterate: (values) => statement.iterate(...values)[Symbol.iterator]() as IterableIterator<unknown>,
      };
    },
  };
}
