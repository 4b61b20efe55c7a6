// Asks PostgreSQL which sessions hold an advisory lock.
import type { Client } from "pg";
import { describeHolder } from "./application-name.ts";

/** A session that holds a lock. */
export interface Holder {
  readonly pid: number;
  /** `shop 4711 on web-2`. */
  readonly description: string;
}

/** pg_locks shows the two halves of a key as unsigned numbers. */
const MATCHES = `l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = (($1::bigint >> 32) & 4294967295)::oid AND l.objid = ($1::bigint & 4294967295)::oid`;

/** Who holds the lock in the current database, the asking session itself left out. */
export async function lockHolders(client: Client, key: bigint): Promise<Holder[]> {
  const { rows } = await client.query<{ pid: number; name: string | null }>(
    `SELECT l.pid, a.application_name AS name
       FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE ${MATCHES} AND l.pid <> pg_backend_pid()`,
    [key],
  );
  return rows.map(({ pid, name }) => ({ pid, description: describeHolder(name, pid) }));
}

/** The asking session's backend, and whether it holds the lock. */
export async function holdsLock(client: Client, key: bigint): Promise<{ pid: number; held: boolean }> {
  const { rows } = await client.query<{ pid: number; held: boolean }>(
    `SELECT pg_backend_pid() AS pid,
            EXISTS (SELECT FROM pg_locks l WHERE ${MATCHES} AND l.pid = pg_backend_pid()) AS held`,
    [key],
  );
  return rows[0] ?? { pid: 0, held: false };
}
