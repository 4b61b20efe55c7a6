// Finds the table in which an engine records what is applied.
import type { Client } from "pg";
import { ownStatement } from "./own-statement.ts";

/** Where an engine records what is applied. */
export interface TablePlace {
  readonly schema: string | undefined;
  readonly name: string;
  /**
   * Without a schema, those in which the table may be, as in PostgreSQL's `search_path`. Default: the session's own.
   */
  readonly searchPath?: readonly string[] | undefined;
  /** The table of the engine's own lock, if its name does not contain `name`. */
  readonly lockName?: string | undefined;
}

/**
 * Names the table's schema: the first on its path that has the table, else the first that exists, in which the table
 * will be created. `current_schema()` would name another one after a migration has created a schema that comes earlier
 * on the path.
 */
export async function locate(client: Client, { schema, name, searchPath }: TablePlace): Promise<TablePlace> {
  if (schema !== undefined) return { schema, name };
  const { rows } = await client.query<{ schema: string }>(
    ownStatement(`SELECT n.nspname AS schema
       FROM unnest(coalesce($2, current_schemas(false)::text[])) WITH ORDINALITY AS path (name, position)
       JOIN pg_namespace n ON n.nspname = CASE path.name WHEN '$user' THEN current_user ELSE path.name END
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
      WHERE has_schema_privilege(n.oid, 'USAGE')
      ORDER BY c.oid IS NULL, path.position LIMIT 1`),
    [name, searchPath ?? null],
  );
  return { schema: rows[0]?.schema, name };
}

/** True when the table exists, by the session's search path where no schema is given. */
export async function tableExists(client: Client, table: Pick<TablePlace, "schema" | "name">): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    ownStatement("SELECT to_regclass($1) IS NOT NULL AS exists"),
    [tableName(table)],
  );
  return rows[0]?.exists === true;
}

/** The table's name as SQL, with its schema if it has one. */
export function tableName({ schema, name }: Pick<TablePlace, "schema" | "name">): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
