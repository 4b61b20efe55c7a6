// Reads a table of applied migrations without creating it: asking for the status must change nothing.
import type { Client } from "pg";

/** A table of applied migrations, its column of names, and the order in which they were applied. */
export interface RecordTable {
  readonly schema: string | undefined;
  readonly name: string;
  readonly column: string;
  readonly orderBy: readonly string[];
}

/** The names in the table, in order; none when there is no such table. */
export async function readRecorded(client: Client, table: RecordTable): Promise<string[]> {
  if (!(await tableExists(client, table))) return [];
  const { rows } = await client.query<{ name: unknown }>(
    `SELECT ${identifier(table.column)} AS name FROM ${tableName(table)} ORDER BY ${table.orderBy.map(identifier).join(", ")}`,
  );
  return rows.map(({ name }) => String(name));
}

/** True when the table exists, by the session's search path where no schema is given. */
export async function tableExists(
  client: Client,
  table: { schema: string | undefined; name: string },
): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>("SELECT to_regclass($1) IS NOT NULL AS exists", [
    tableName(table),
  ]);
  return rows[0]?.exists === true;
}

/** The table's name as SQL, with its schema if it has one. */
export function tableName({ schema, name }: { schema: string | undefined; name: string }): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
