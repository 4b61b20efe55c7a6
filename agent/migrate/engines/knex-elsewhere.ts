// Runs knex's migrations in MySQL and SQLite.
import type { Knex } from "knex";
import type { SqlConnection, SqlSession } from "../database/sql-connection.ts";
import { readNames } from "../database/sql-connection.ts";
import type { RecordTable } from "../database/record-table.ts";
import type { Engine } from "../plan/engine.ts";
import { checkMigration, findMigrations, isClass, loadModule } from "./knex-files.ts";
import { commonConfig, migrateOne } from "./knex-migrator.ts";
import { requireClient, type KnexOptions } from "./knex-options.ts";
import { knexStatements } from "./knex-statements.ts";
import { freeRow, holderOfRow, markRow, unmarkRow } from "./knex-row-lock.ts";

/** knex's engine for the other databases; its options were checked. */
export function knexElsewhere(options: KnexOptions, kind: SqlConnection["kind"]): Engine<SqlConnection, SqlSession> {
  const own = options.migrations ?? {};
  const table: RecordTable = {
    schema: undefined,
    name: own.tableName ?? "knex_migrations",
    column: "name",
    orderBy: ["id"],
  };
  return {
    name: "knex",
    table: () => table,
    lockedBy: (connection) => holderOfRow(connection, table.name),
    async read(connection) {
      requireClient(options, kind);
      return { files: await findMigrations(own), applied: await readNames(connection, table) };
    },
    check: (migration, direction) => checkMigration(migration, direction, own),
    async statements(migration, direction) {
      const config = { ...options, client: CLIENTS[kind], connection: {} } as Knex.Config;
      return knexStatements(await loadModule(migration, own), direction, config);
    },
    async apply(migration, direction, session) {
      const connection = await session.connect();
      const prepare = async (): Promise<void> => {
        await freeRow(connection, table.name);
        await markRow(connection, table.name);
      };
      try {
        await migrateOne(migration, { direction, options, config: configOf(options, session, kind), prepare });
      } finally {
        await unmarkRow(connection, table.name);
      }
    },
  };
}

const CLIENTS = { MySQL: "mysql2", SQLite: "better-sqlite3" } as const;

function configOf(options: KnexOptions, session: SqlSession, kind: SqlConnection["kind"]): Knex.Config {
  const { afterCreate, log, migrations } = commonConfig<unknown>(options, session);
  return {
    ...options,
    client: isClass(options.client) ? options.client : CLIENTS[kind],
    connection: session.options(),
    pool: { min: 0, max: kind === "SQLite" ? 1 : 4, afterCreate },
    ...(kind === "SQLite" && { useNullAsDefault: options.useNullAsDefault !== false }),
    log,
    migrations,
  } as Knex.Config;
}
