// Runs knex's migrations: JavaScript and TypeScript files, recorded in `knex_migrations`. knex's own lock is a row of a
// table.
import type { Client } from "pg";
import type { Knex } from "knex";
import type { Engine } from "../plan/engine.ts";
import { locate } from "../sql/table-place.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import type { Session } from "../database/session.ts";
import { freeLeftLock, knexLockHolder, markLock } from "./knex-lock.ts";
import { knexStatements } from "./knex-statements.ts";
import { knexElsewhere } from "./knex-elsewhere.ts";
import { checkMigration, findMigrations, isClass, loadModule } from "./knex-files.ts";
import { commonConfig, migrateOne } from "./knex-migrator.ts";
import { checkKnexOptions, requireClient, type KnexOptions } from "./knex-options.ts";

export type { KnexOptions } from "./knex-options.ts";

/**
 * Migrations by knex, with the tables and the files of knex's command line.
 *
 * @throws TaskFailure (exit 78) when an option is unknown or cannot be honoured.
 */
export function knex(options: KnexOptions = {}): Engine {
  checkKnexOptions(options);
  const own = options.migrations ?? {};
  const table = (schema: string | undefined): RecordTable => ({
    schema: own.schemaName ?? schema,
    searchPath: options.searchPath === undefined ? undefined : [options.searchPath].flat(),
    name: own.tableName ?? "knex_migrations",
    column: "name",
    orderBy: ["id"],
  });
  return {
    name: "knex",
    table,
    lockedBy: async (client, schema) => knexLockHolder(client, await locate(client, table(schema))),
    elsewhere: { MySQL: knexElsewhere(options, "MySQL") },
    async read(client, schema) {
      requireClient(options, "PostgreSQL");
      return { files: await findMigrations(own), applied: await readRecorded(client, table(schema)) };
    },
    check: (migration, direction) => checkMigration(migration, direction, own),
    async statements(migration, direction) {
      const config = { ...options, client: clientOf(options), connection: {} } as Knex.Config;
      return knexStatements(await loadModule(migration, own), direction, config);
    },
    async apply(migration, direction, session) {
      // Not through knex: the user's postProcessResponse may change the shape of what knex returns.
      const client = await session.connect();
      const place = await locate(client, table(session.schema));
      const prepare = async (transactional: boolean): Promise<void> => {
        await freeLeftLock(client, place);
        // If this process is killed, a lock that was taken in the migration's own transaction is rolled back with it.
        // Any other lock stays, and the mark tells the next process that remsh left it.
        if (!transactional) await markLock(client, place);
      };
      const config = configOf(options, session, place.schema);
      await migrateOne(migration, { direction, options, config, prepare });
    },
  };
}

/**
 * The table's schema is always named. Otherwise, when a migration has created a schema that comes earlier in the search
 * path, knex makes a second table there.
 */
function configOf(options: KnexOptions, session: Session, schema: string | undefined): Knex.Config {
  const { afterCreate, log, migrations } = commonConfig<Client>(options, session);
  return {
    ...options,
    client: clientOf(options),
    connection: session.config() as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4, afterCreate },
    log,
    migrations: { ...migrations, ...(schema !== undefined && { schemaName: schema }) },
  };
}

/** PostgreSQL's client, CockroachDB's, or the user's own class, which knex uses unchanged. */
function clientOf({ client }: KnexOptions): NonNullable<Knex.Config["client"]> {
  if (client === "cockroachdb") return client;
  return isClass(client) ? client : "pg";
}
