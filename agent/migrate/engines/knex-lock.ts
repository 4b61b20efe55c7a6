// knex's own lock is a row. A killed process leaves it set, and every later run fails until it is freed by hand. While
// remsh holds its own lock, no other remsh process migrates. So a row that remsh has marked, in the table's comment,
// was left behind: it is freed. A row without the mark belongs to another knex and is left alone.
import type { Client } from "pg";
import { TaskFailure } from "../../tasks/task.ts";
import { describeHolder } from "../database/application-name.ts";
import { tableExists, tableName } from "../sql/table-place.ts";

const MARK = "remsh: locked by a migration outside a transaction";

interface Table {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Marks the row that knex is about to set as remsh's. */
export async function markLock(client: Client, table: Table): Promise<void> {
  await client.query(`COMMENT ON TABLE ${lockTable(table)} IS '${MARK}'`);
}

/**
 * Frees the row if a killed process of remsh left it set. @throws TaskFailure (exit 75) when another knex has set it.
 */
export async function freeLeftLock(client: Client, table: Table): Promise<void> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT obj_description('${lockTable(table)}'::regclass, 'pg_class') AS comment FROM ${lockTable(table)} WHERE is_locked = 1`,
  );
  if (rows[0] && rows[0].comment !== MARK) {
    throw new TaskFailure(
      `knex's own lock is set in ${lockTable(table)}: another knex is migrating, or was killed (then "knex migrate:unlock" frees it)`,
      { exitCode: 75, code: "ENGINE_LOCKED" },
    );
  }
  if (rows[0]) await client.query(`UPDATE ${lockTable(table)} SET is_locked = 0`);
  await client.query(`COMMENT ON TABLE ${lockTable(table)} IS NULL`);
}

/** The row does not say which process has set it. */
const SET_IN_TABLE = 'another knex, or one that was killed (then "knex migrate:unlock" frees it)';

/**
 * The holder of knex's own lock, if it is not remsh: another process has set the row, or is setting it in an open
 * transaction. remsh's own lock is not reported, because the caller holds it.
 */
export async function knexLockHolder(client: Client, table: Table): Promise<string | undefined> {
  if (!(await tableExists(client, { schema: table.schema, name: `${table.name}_lock` }))) return undefined;
  const { rows } = await client.query<{ pid: number; name: string | null }>(
    `SELECT l.pid, a.application_name AS name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.relation = $1::regclass AND l.granted AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [lockTable(table)],
  );
  if (rows[0]) return describeHolder(rows[0].name, rows[0].pid);
  const { rowCount } = await client.query(
    `SELECT FROM ${lockTable(table)} WHERE is_locked = 1
        AND obj_description('${lockTable(table)}'::regclass, 'pg_class') IS DISTINCT FROM '${MARK}'`,
  );
  return rowCount === 0 ? undefined : SET_IN_TABLE;
}

function lockTable({ schema, name }: Table): string {
  return tableName({ schema, name: `${name}_lock` });
}
