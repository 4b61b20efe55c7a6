// The row of knex's own lock, in MySQL and SQLite. A killed process leaves it set, because a change of the schema commits
// it in MySQL. While remsh holds its own lock, no other remsh process migrates: so a row that remsh has marked, in the
// table's comment, was left behind, and is freed. SQLite has no comments, and rolls the row back.
import { TaskFailure } from "../../tasks/task.ts";
import { quoted, type SqlConnection } from "../database/sql-connection.ts";

const MARK = "remsh: locked by a migration";
/** The row does not say which process has set it. */
const SET_IN_TABLE = 'another knex, or one that was killed (then "knex migrate:unlock" frees it)';

/** Which process holds the lock, if it is not one that remsh has left behind. */
export async function holderOfRow(connection: SqlConnection, table: string): Promise<string | undefined> {
  return (await isSet(connection, table)) && !(await isMarked(connection, table)) ? SET_IN_TABLE : undefined;
}

/** Frees the row if a killed process of remsh left it set. @throws TaskFailure (exit 75) when another knex has set it. */
export async function freeRow(connection: SqlConnection, table: string): Promise<void> {
  if (!(await isSet(connection, table))) return;
  if (!(await isMarked(connection, table))) {
    throw new TaskFailure(`knex's own lock is set in ${lockOf(table)}: ${SET_IN_TABLE}`, {
      exitCode: 75,
      code: "ENGINE_LOCKED",
    });
  }
  await connection.query(`UPDATE ${quoted(lockOf(table))} SET is_locked = 0`);
}

/** Marks the row that knex is about to set as remsh's. */
export async function markRow(connection: SqlConnection, table: string): Promise<void> {
  if (connection.kind === "MySQL") await connection.query(`ALTER TABLE ${quoted(lockOf(table))} COMMENT = '${MARK}'`);
}

/** knex has freed the row: from now on it is another process that sets it. Never rejects. */
export async function unmarkRow(connection: SqlConnection, table: string): Promise<void> {
  if (connection.kind !== "MySQL") return;
  // Without a connection the mark stays, and the row as well.
  await connection.query(`ALTER TABLE ${quoted(lockOf(table))} COMMENT = ''`).catch(() => {});
}

async function isSet(connection: SqlConnection, table: string): Promise<boolean> {
  if (!(await connection.hasTable(lockOf(table)))) return false;
  const rows = await connection.query(`SELECT 1 FROM ${quoted(lockOf(table))} WHERE is_locked = 1`);
  return rows.length > 0;
}

async function isMarked(connection: SqlConnection, table: string): Promise<boolean> {
  if (connection.kind !== "MySQL") return false;
  const rows = await connection.query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND table_comment = ?",
    [lockOf(table), MARK],
  );
  return rows.length > 0;
}

function lockOf(table: string): string {
  return `${table}_lock`;
}
