// knex's own lock is a row that a killed process leaves set, so that every later run fails until somebody frees it by hand. Who
// holds remsh's lock knows that no other process of remsh migrates: a row that one of them has set, and marked as its own in the
// table's comment, was left behind and is freed. A row without that mark is another's, and is left alone.
import type { Knex } from "knex";
import { TaskFailure } from "../../task.ts";
import { tableName } from "../recorded.ts";

const MARK = "remsh: locked by a migration outside a transaction";

interface Table {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Marks the row that knex is about to set as remsh's. */
export async function markLock(db: Knex, table: Table): Promise<void> {
  await db.raw(`COMMENT ON TABLE ${lockTable(table)} IS '${MARK}'`);
}

/** Frees the row if a killed process of remsh left it set. @throws TaskFailure (exit 75) when somebody else has set it. */
export async function freeLeftLock(db: Knex, table: Table): Promise<void> {
  const { rows } = await db.raw<{ rows: { comment: string | null }[] }>(
    `SELECT obj_description('${lockTable(table)}'::regclass, 'pg_class') AS comment FROM ${lockTable(table)} WHERE is_locked = 1`,
  );
  if (rows[0] && rows[0].comment !== MARK) {
    throw new TaskFailure(
      `knex's own lock is set in ${lockTable(table)}: another knex is migrating, or was killed (then "knex migrate:unlock" frees it)`,
      { exitCode: 75, code: "ENGINE_LOCKED" },
    );
  }
  if (rows[0]) await db.migrate.forceFreeMigrationsLock();
  await db.raw(`COMMENT ON TABLE ${lockTable(table)} IS NULL`);
}

function lockTable({ schema, name }: Table): string {
  return tableName({ schema, name: `${name}_lock` });
}
