// Runs knex's migrations: JavaScript and TypeScript files, recorded in `knex_migrations`. knex's own lock is a row of a
// table.
import type { Client } from "pg";
import type { Knex } from "knex";
import type { Engine } from "../plan/engine.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import { locate } from "../sql/table-place.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import type { Session } from "../database/session.ts";
import { freeLeftLock, knexLockHolder, markLock } from "./knex-lock.ts";
import { knexStatements } from "./knex-statements.ts";
import { knexElsewhere } from "./knex-elsewhere.ts";
import { checkMigration, findMigrations, isClass, loadModule, underRecord, usesTransaction } from "./knex-files.ts";
import { checkKnexOptions, foldersOf, requireClient, sourceOf, type KnexOptions } from "./knex-options.ts";

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
      const { default: createKnex } = await loadPeer("knex", () => importPeer("knex"));
      const transactional = await usesTransaction(migration, own);
      // Not through knex: the user's postProcessResponse may change the shape of what knex returns.
      const client = await session.connect();
      const place = await locate(client, table(session.schema));
      const config = configOf(options, session, place.schema);
      const renamed = migration.recordedAs !== undefined;
      const db = createKnex(
        renamed ? { ...config, migrations: underRecord(config.migrations ?? {}, migration, own) } : config,
      );
      const { recordedAs: name = migration.name } = migration;
      try {
        await db.migrate.list(); // makes the tables where they are missing
        await freeLeftLock(client, place);
        // If this process is killed, a lock that was taken in the migration's own transaction is rolled back with it.
        // Any other lock stays, and the mark tells the next process that remsh left it.
        if (!transactional) await markLock(client, place);
        if (direction === "up") await db.migrate.up({ name });
        else if (!transactional) await db.migrate.down({ name });
        // Alone, knex would delete its record outside the migration's transaction.
        else await db.transaction((transaction) => transaction.migrate.down({ name }));
      } finally {
        await db.destroy();
      }
    },
  };
}

/**
 * The table's schema is always named. Otherwise, when a migration has created a schema that comes earlier in the search
 * path, knex makes a second table there.
 */
function configOf(options: KnexOptions, session: Session, schema: string | undefined): Knex.Config {
  const adopt = (client: Client, done: (error: unknown, client: Client) => void): void => {
    session.adopt(client).then(
      () => done(null, client),
      (error: unknown) => done(error, client),
    );
  };
  const warn = (text: unknown): void => {
    // remsh reports failures itself.
    if (!/^migration (?:file .* )?failed/.test(String(text))) session.print(`warning: ${String(text)}`);
  };
  return {
    ...options,
    client: clientOf(options),
    connection: session.config() as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4, afterCreate: adopt },
    log: { warn, error: warn, deprecate: warn, debug() {} },
    migrations: {
      ...options.migrations,
      ...(!sourceOf(options.migrations ?? {}) && { directory: foldersOf(options.migrations ?? {}) }),
      ...(schema !== undefined && { schemaName: schema }),
      disableMigrationsListValidation: true, // the plan has found and reported missing files
    } as Knex.MigratorConfig, // knex's type of a source asks for more than knex uses
  };
}

/** PostgreSQL's client, CockroachDB's, or the user's own class, which knex uses unchanged. */
function clientOf({ client }: KnexOptions): NonNullable<Knex.Config["client"]> {
  if (client === "cockroachdb") return client;
  return isClass(client) ? client : "pg";
}
