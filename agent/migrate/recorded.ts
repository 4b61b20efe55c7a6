// Finds and reads a table of applied migrations without creating it: asking for the status must change nothing.
import type { Client } from "pg";
import type { TablePlace } from "./engine.ts";

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

/**
 * Names the table's schema: the first on its path that has the table, else the first that there is, where it will be made. Found
 * so and not by `current_schema()`, it is the same table after a migration has made a schema that comes earlier on the path.
 */
export async function locate(client: Client, { schema, name, searchPath }: TablePlace): Promise<TablePlace> {
  if (schema !== undefined) return { schema, name };
  const { rows } = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema
       FROM unnest(coalesce($2, current_schemas(false)::text[])) WITH ORDINALITY AS path (name, position)
       JOIN pg_namespace n ON n.nspname = CASE path.name WHEN '$user' THEN current_user ELSE path.name END
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
      WHERE has_schema_privilege(n.oid, 'USAGE')
      ORDER BY c.oid IS NULL, path.position LIMIT 1`,
    [name, searchPath ?? null],
  );
  return { schema: rows[0]?.schema, name };
}

/** True when the table exists, by the session's search path where no schema is given. */
export async function tableExists(client: Client, table: Pick<TablePlace, "schema" | "name">): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>("SELECT to_regclass($1) IS NOT NULL AS exists", [
    tableName(table),
  ]);
  return rows[0]?.exists === true;
}

/** Creates the schema where there is none; without a notice where there is one, and without an error where another process is faster. */
export async function ensureSchema(client: Client, schema: string): Promise<void> {
  if (await schemaExists(client, schema)) return;
  try {
    await client.query(`CREATE SCHEMA ${identifier(schema)}`);
  } catch (error) {
    if (!(await schemaExists(client, schema))) throw error;
  }
}

/** True when there is such a schema. */
export async function schemaExists(client: Client, schema: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  return rowCount !== null && rowCount > 0;
}

/** The table's name as SQL, with its schema if it has one. */
export function tableName({ schema, name }: Pick<TablePlace, "schema" | "name">): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
