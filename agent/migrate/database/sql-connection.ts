// A connection to MySQL or SQLite, as the engines see it. In PostgreSQL they see the one of pg.
import type { AnySession } from "./any-database.ts";
import type { RecordTable } from "./record-table.ts";

/** A connection to MySQL or SQLite. */
export interface SqlConnection {
  readonly kind: "MySQL" | "SQLite";
  /** The driver's own connection: of mysql2, better-sqlite3 or node:sqlite. */
  readonly driver: unknown;
  /** Runs one statement, with a question mark for each value. Resolves to its rows, if it has any. */
  query<Row extends object>(text: string, values?: readonly (string | number | null)[]): Promise<Row[]>;
  hasTable(name: string): Promise<boolean>;
}

/** A session in MySQL or SQLite. */
export interface SqlSession extends AnySession<SqlConnection> {
  /** For an engine whose own driver connects: what the driver needs. */
  options(): object;
  /** Makes a connection of the engine's own driver part of the session, before its first statement. */
  adopt(driver: unknown): Promise<void>;
  /** Restores what a migration has set on the connection, before its record is written there. */
  restore(connection: SqlConnection): Promise<void>;
}

/** A name as SQL: SQLite takes MySQL's quotes, too. */
export function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** The names in the engine's table, in order; none when there is no such table. */
export async function readNames(connection: SqlConnection, { name, column, orderBy }: RecordTable): Promise<string[]> {
  if (!(await connection.hasTable(name))) return [];
  const rows = await connection.query<{ name: unknown }>(
    `SELECT ${quoted(column)} AS name FROM ${quoted(name)} ORDER BY ${orderBy.map(quoted).join(", ")}`,
  );
  return rows.map((row) => String(row.name));
}

/** Runs the work between BEGIN and COMMIT; a failure rolls back what the database can roll back. */
export async function inSqlTransaction<Result>(
  connection: SqlConnection,
  work: () => Promise<Result>,
): Promise<Result> {
  await connection.query("BEGIN");
  try {
    const result = await work();
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => {}); // the connection is gone, and the transaction with it
    throw error;
  }
}
