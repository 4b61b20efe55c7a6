// Lets knex's Migrator run one migration, in any database.
import type { Knex } from "knex";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { underRecord, usesTransaction } from "./knex-files.ts";
import { foldersOf, sourceOf, type KnexOptions } from "./knex-options.ts";
import { importPeer, loadPeer } from "./load-peer.ts";

/** What knex needs of remsh's session. */
interface KnexSession<Driver> {
  /** Called for each connection that knex opens, before its first statement. */
  adopt(driver: Driver): Promise<unknown>;
  print(line: string): void;
}

/** What is the same in every database: the session's connections, the warnings, and where the migrations are. */
export function commonConfig<Driver>(options: KnexOptions, session: KnexSession<Driver>) {
  const afterCreate = (driver: Driver, done: (error: unknown, driver: Driver) => void): void => {
    session.adopt(driver).then(
      () => done(null, driver),
      (error: unknown) => done(error, driver),
    );
  };
  const warn = (text: unknown): void => {
    // remsh reports failures itself.
    if (!/^migration (?:file .* )?failed/.test(String(text))) session.print(`warning: ${String(text)}`);
  };
  const own = options.migrations ?? {};
  return {
    afterCreate,
    log: { warn, error: warn, deprecate: warn, debug() {} },
    migrations: {
      ...own,
      ...(!sourceOf(own) && { directory: foldersOf(own) }),
      disableMigrationsListValidation: true, // the plan has found and reported missing files
    } as Knex.MigratorConfig, // knex's type of a source asks for more than knex uses
  };
}

/** What to run, and with what. */
export interface Step {
  readonly direction: Direction;
  readonly options: KnexOptions;
  readonly config: Knex.Config;
  /** Called when knex's tables are there, before the migration: knex's own lock is a row in one of them. */
  readonly prepare: (transactional: boolean) => Promise<void>;
}

/** @throws what the migration throws. */
export async function migrateOne(migration: MigrationFile, step: Step): Promise<void> {
  const { direction, config, prepare } = step;
  const { migrations: own = {} } = step.options;
  const { default: createKnex } = await loadPeer("knex", () => importPeer("knex"));
  const transactional = await usesTransaction(migration, own);
  const renamed = migration.recordedAs !== undefined;
  const db = createKnex(
    renamed ? { ...config, migrations: underRecord(config.migrations ?? {}, migration, own) } : config,
  );
  const { recordedAs: name = migration.name } = migration;
  try {
    await db.migrate.list(); // makes the tables where they are missing
    await prepare(transactional);
    if (direction === "up") await db.migrate.up({ name });
    else if (!transactional) await db.migrate.down({ name });
    // Alone, knex would delete its record outside the migration's transaction.
    else await db.transaction((transaction) => transaction.migrate.down({ name }));
  } finally {
    await db.destroy();
  }
}
