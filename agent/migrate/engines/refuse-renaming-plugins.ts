// kysely's Migrator asks for its own tables through the plugins of its Kysely. One that renames them, as
// CamelCasePlugin does with a `migrationTableName` in camel case, would let remsh look into another table, and let
// every migration run again.
import type { Kysely } from "kysely";
import type { DatabaseKind } from "../database/any-database.ts";
import { badOption } from "../plan/known-options.ts";
import { importPeer, loadPeer } from "./load-peer.ts";
import type { TablePlace } from "../sql/table-place.ts";
import { ofKysely } from "./kysely-config.ts";
import type { KyselyOptions } from "./kysely-options.ts";

/** A Kysely that answers every query with nothing. */
export async function kyselyWithoutConnection(
  options: KyselyOptions,
  kind: DatabaseKind = "PostgreSQL",
): Promise<Kysely<OwnTables>> {
  const { DummyDriver, Kysely, ...dialects } = await loadPeer("kysely", () => importPeer("kysely"));
  const unused = (): Promise<never> => Promise.reject(new Error("no connection"));
  const dialect = {
    PostgreSQL: () => new dialects.PostgresDialect({ pool: unused }),
    MySQL: () => new dialects.MysqlDialect({ pool: unused }),
    SQLite: () => new dialects.SqliteDialect({ database: unused }),
  }[kind]();
  return new Kysely({
    ...ofKysely(options),
    dialect: Object.assign(dialect, { createDriver: () => new DummyDriver() }),
  });
}

/** Whatever they are called. */
type OwnTables = Record<string, { name: string; timestamp: string; id: string; is_locked: number }>;

/** @throws TaskFailure (exit 78) when a plugin changes what is asked of the Migrator's own tables. */
export async function refuseRenamingPlugins(
  options: KyselyOptions,
  { name, lockName = "" }: TablePlace,
): Promise<void> {
  if (options.plugins === undefined || options.plugins.length === 0) return;
  const asked = async (plugins: readonly object[]): Promise<string[]> => {
    const db = (await kyselyWithoutConnection({ plugins })).withSchema(options.migrationTableSchema ?? "public");
    const records = db.selectFrom(name).select(["name", "timestamp"]);
    const lock = db.selectFrom(lockName).select(["id", "is_locked"]);
    return [records, lock].map((query) => query.compile().sql);
  };
  const plain = await asked([]);
  const [changed] = (await asked(options.plugins)).filter((sql, index) => sql !== plain[index]);
  if (changed === undefined) return;
  throw badOption(
    `Cannot use the option "plugins" of kysely(): they change what its Migrator asks of its own tables, into ${changed} ` +
      '(give "migrationTableName", "migrationLockTableName" and "migrationTableSchema" as they are in the database, or leave the plugin out)',
  );
}
