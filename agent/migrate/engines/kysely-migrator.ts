// Lets kysely's Migrator run one migration.
import type { Dialect, MigrationProvider, Migrator } from "kysely";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { ofKysely } from "./kysely-config.ts";
import type { KyselyOptions } from "./kysely-options.ts";
import { importPeer, loadPeer } from "./load-peer.ts";

/** What to run, and where. */
export interface Step {
  readonly dialect: Dialect;
  readonly provider: MigrationProvider;
  readonly direction: Direction;
  /** The schema of the Migrator's own tables, where the database has schemas. */
  readonly schema?: string | undefined;
  readonly options: KyselyOptions;
}

/** @throws what the migration throws; TaskFailure when kysely has passed over it. */
export async function migrateOne(
  { name, recordedAs = name }: MigrationFile,
  { dialect, provider, direction, schema, options }: Step,
): Promise<void> {
  const { Kysely } = await loadPeer("kysely", () => importPeer("kysely"));
  const Migrator = await loadMigrator();
  const migrator = new Migrator({
    db: new Kysely({ dialect: withoutLock(dialect), ...ofKysely(options) }),
    provider,
    ...(options.migrationTableName !== undefined && { migrationTableName: options.migrationTableName }),
    ...(options.migrationLockTableName !== undefined && { migrationLockTableName: options.migrationLockTableName }),
    ...(schema !== undefined && { migrationTableSchema: schema }),
    allowUnorderedMigrations: true, // the plan has decided and reported
    disableTransactions: options.disableTransactions ?? options.transaction?.(name) === false,
    ...(options.nameComparator && { nameComparator: options.nameComparator }),
  });
  // migrateDown rolls back the migration that was applied last, which after a late merge is not the newest one. Here
  // kysely goes through all of them, but only this migration has a down, and kysely skips the others.
  const { error, results } = await (direction === "up"
    ? migrator.migrateUp()
    : migrator.migrateTo({ __noMigrations__: true }));
  if (error) throw error; // what the migration threw
  if (!results?.some(({ migrationName, status }) => migrationName === recordedAs && status === "Success"))
    throw new TaskFailure(`kysely passed over "${name}"`, { code: "NOT_RECORDED" });
}

/** From kysely 0.29 on, the Migrator is in another module. */
async function loadMigrator(): Promise<typeof Migrator> {
  const main: { Migrator?: typeof Migrator } = await importPeer("kysely");
  if (main.Migrator) return main.Migrator;
  const own = "kysely/migration"; // unknown to the types of 0.28
  return ((await import(/* webpackIgnore: true */ own)) as { Migrator: typeof Migrator }).Migrator;
}

/** kysely would wait for its lock inside a statement, and remsh already holds that lock for the whole run. */
function withoutLock(dialect: Dialect): Dialect {
  const adapter = Object.assign(dialect.createAdapter(), {
    acquireMigrationLock: () => Promise.resolve(),
    releaseMigrationLock: () => Promise.resolve(),
  });
  return Object.assign(dialect, { createAdapter: () => adapter });
}
