// The keys of PostgreSQL's advisory locks as remsh uses them: two for each table of applied migrations.
import { createHash } from "node:crypto";
import type { Client } from "pg";
import { locate, type TablePlace } from "../sql/table-place.ts";

/** `lock` is held by the one process that migrates, `work` is shared by every session in which its migrations run. */
export interface LockKeys {
  readonly lock: bigint;
  readonly work: bigint;
}

/**
 * Derives the keys from the database, the schema and the engine's table, so that tenants do not wait for each other.
 */
export async function lockKeys(client: Client, table: TablePlace): Promise<LockKeys> {
  const { schema = "", name } = await locate(client, table);
  const { rows } = await client.query<{ database: string }>("SELECT current_database() AS database");
  const place = [rows[0]?.database, schema, name];
  return { lock: hash(["lock", ...place]), work: hash(["work", ...place]) };
}

function hash(parts: readonly (string | undefined)[]): bigint {
  return createHash("sha256")
    .update(JSON.stringify(["remsh migrate", ...parts]))
    .digest()
    .readBigInt64BE();
}
