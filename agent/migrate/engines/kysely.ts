// Runs kysely's migrations: TypeScript and JavaScript files, recorded in `kysely_migration`. kysely's Migrator applies
// all pending migrations in one transaction. remsh gives it one file at a time, so that each migration has its own
// transaction, or none.
import type { Client } from "pg";
import type { PostgresPool } from "kysely";
import type { Engine } from "../plan/engine.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { locate } from "../sql/table-place.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import { kyselyElsewhere } from "./kysely-elsewhere.ts";
import { checkMigration, findMigrations, providerOf } from "./kysely-files.ts";
import { migrateOne } from "./kysely-migrator.ts";
import { checkKyselyOptions, type KyselyOptions } from "./kysely-options.ts";
import { kyselyStatements } from "./kysely-statements.ts";
import { refuseRenamingPlugins } from "./refuse-renaming-plugins.ts";

export type { KyselyOptions } from "./kysely-options.ts";

/** The lock that kysely's Migrator takes on PostgreSQL, whatever its tables. */
const LOCK = 3853314791062309107n;

/**
 * Migrations by kysely, with the tables and the files of kysely's Migrator.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function kysely(options: KyselyOptions = {}): Engine {
  checkKyselyOptions(options);
  const table = (schema: string | undefined): RecordTable => ({
    schema: options.migrationTableSchema ?? schema,
    name: options.migrationTableName ?? "kysely_migration",
    lockName: options.migrationLockTableName ?? "kysely_migration_lock",
    column: "name",
    orderBy: ["timestamp", "name"],
  });
  return {
    name: "kysely",
    table,
    advisoryLock: LOCK,
    elsewhere: { MySQL: kyselyElsewhere(options, "MySQL"), SQLite: kyselyElsewhere(options, "SQLite") },
    ...(options.allowUnorderedMigrations === false && { ordered: true }),
    async read(client, schema) {
      await refuseRenamingPlugins(options, table(schema));
      const applied = await readRecorded(client, table(schema));
      return { files: await findMigrations(options, applied), applied };
    },
    check: (migration, direction) => checkMigration(migration, direction, options),
    statements: (migration, direction) => kyselyStatements(migration, { direction, options }),
    async apply(migration, direction, session) {
      const client = await session.connect();
      const applied = await readRecorded(client, table(session.schema));
      const provider = await providerOf(migration, applied, options);
      const { schema = "public" } = await locate(client, table(session.schema)); // else kysely uses a table of that name in any schema
      const { PostgresDialect } = await loadPeer("kysely", () => importPeer("kysely"));
      const dialect = new PostgresDialect({ pool: poolOf(client) });
      await migrateOne(migration, { dialect, provider, direction, schema, options });
    },
  };
}

/** kysely needs a pool. This one always lends the session's one connection, which the session ends. */
function poolOf(client: Client): PostgresPool {
  const lent = Object.assign(client, { release() {} });
  return { connect: async () => lent, end: async () => {} };
}
