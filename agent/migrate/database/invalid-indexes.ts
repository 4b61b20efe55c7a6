// Finds invalid indexes. A CREATE INDEX CONCURRENTLY that fails half-way leaves one: it costs every write and serves no
// query. The check follows each migration, because nothing else reports such an index.
import type { Client } from "pg";

/**
 * The names of invalid indexes, with their schemas. An index that is being built is left out. So is the index of a
 * partitioned table, which is rightly invalid until all its partitions have theirs.
 */
export async function invalidIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname <> 'pg_toast'
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
      ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/**
 * The indexes that this migration is responsible for: new ones, and old ones that an `IF NOT EXISTS` accepted as valid.
 */
export function blamed(found: readonly string[], before: readonly string[], notices: readonly string[]): string[] {
  const skipped = (name: string): boolean => {
    const bare = name.split(".").at(-1)?.replaceAll('"', "");
    return notices.some((notice) => notice.includes(`"${bare}" already exists`));
  };
  return found.filter((name) => !before.includes(name) || skipped(name));
}
