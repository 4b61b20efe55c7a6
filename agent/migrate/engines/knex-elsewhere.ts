// Runs knex's migrations in MySQL and SQLite.
import type { Knex } from "knex";
import type { SqlConnection, SqlSession } from "../database/sql-connection.ts";
import { readNames } from "../database/sql-connection.ts";
import type { RecordTable } from "../database/record-table.ts";
import type { Engine } from "../plan/engine.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { checkMigration, findMigrations, isClass, loadModule, underRecord, usesTransaction } from "./knex-files.ts";
import { foldersOf, requireClient, sourceOf, type KnexOptions } from "./knex-options.ts";
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
      const { default: createKnex } = await loadPeer("knex", () => importPeer("knex"));
      const transactional = await usesTransaction(migration, own);
      const connection = await session.connect();
      const config = configOf(options, session, kind);
      const renamed = migration.recordedAs !== undefined;
      const db = createKnex(
        renamed ? { ...config, migrations: underRecord(config.migrations ?? {}, migration, own) } : config,
      );
      const { recordedAs: name = migration.name } = migration;
      try {
        await db.migrate.list(); // makes the tables where they are missing
        await freeRow(connection, table.name);
        await markRow(connection, table.name);
        if (direction === "up") await db.migrate.up({ name });
        else if (!transactional) await db.migrate.down({ name });
        // Alone, knex would delete its record outside the migration's transaction.
        else await db.transaction((transaction) => transaction.migrate.down({ name }));
      } finally {
        await db.destroy();
        await unmarkRow(connection, table.name);
      }
    },
  };
}

const CLIENTS = { MySQL: "mysql2", SQLite: "better-sqlite3" } as const;

function configOf(options: KnexOptions, session: SqlSession, kind: SqlConnection["kind"]): Knex.Config {
  const adopt = (driver: unknown, done: (error: unknown, driver: unknown) => void): void => {
    session.adopt(driver).then(
      () => done(null, driver),
      (error: unknown) => done(error, driver),
    );
  };
  const warn = (text: unknown): void => {
    // remsh reports failures itself.
    if (!/^migration (?:file .* )?failed/.test(String(text))) session.print(`warning: ${String(text)}`);
  };
  return {
    ...options,
    client: isClass(options.client) ? options.client : CLIENTS[kind],
    connection: session.options(),
    pool: { min: 0, max: kind === "SQLite" ? 1 : 4, afterCreate: adopt },
    ...(kind === "SQLite" && { useNullAsDefault: options.useNullAsDefault !== false }),
    log: { warn, error: warn, deprecate: warn, debug() {} },
    migrations: {
      ...options.migrations,
      ...(!sourceOf(options.migrations ?? {}) && { directory: foldersOf(options.migrations ?? {}) }),
      disableMigrationsListValidation: true, // the plan has found and reported missing files
    } as Knex.MigratorConfig, // knex's type of a source asks for more than knex uses
  } as Knex.Config;
}
