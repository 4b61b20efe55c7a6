// Reads an engine's table of applied migrations. A missing table is not created: asking for the status must change
// nothing.
import type { Client } from "pg";
import { identifier, locate, tableExists, tableName, type TablePlace } from "../sql/table-place.ts";

/** A table of applied migrations, its column of names, and the order in which they were applied. */
export interface RecordTable extends TablePlace {
  readonly column: string;
  readonly orderBy: readonly string[];
}

/** The names in the table, in order; none when there is no such table. */
export async function readRecorded(client: Client, table: RecordTable): Promise<string[]> {
  const place = await locate(client, table);
  if (!(await tableExists(client, place))) return [];
  const { rows } = await client.query<{ name: unknown }>(
    `SELECT ${identifier(table.column)} AS name FROM ${tableName(place)} ORDER BY ${table.orderBy.map(identifier).join(", ")}`,
  );
  return rows.map(({ name }) => String(name));
}
