// Creates a schema that is missing.
import type { Client } from "pg";
import { ownStatement } from "../sql/own-statement.ts";
import { identifier } from "../sql/table-place.ts";

/**
 * Creates the schema if it is missing: without a notice if it exists, and without an error if another process is
 * faster.
 */
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
  const { rowCount } = await client.query(ownStatement("SELECT FROM pg_namespace WHERE nspname = $1"), [schema]);
  return rowCount !== null && rowCount > 0;
}
