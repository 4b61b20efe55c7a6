// Takes the migration lock. It asks repeatedly and never waits inside a statement: a session that waits in
// pg_advisory_lock holds a snapshot, and a CREATE INDEX CONCURRENTLY of the lock's holder would wait for that snapshot,
// a deadlock.
import type { Client } from "pg";
import { TaskFailure } from "../../tasks/task.ts";
import { lockHolders, holdsLock } from "./lock-holders.ts";
import { lockKeys } from "./lock-keys.ts";
import { enableKeepalive } from "./enable-keepalive.ts";
import type { Database } from "./database.ts";
import { endConnection } from "./end-connection.ts";
import { MigrationLock } from "./migration-lock.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { endLeftovers } from "./end-leftovers.ts";
import { poolingFailure, refuseTransactionPooling } from "./refuse-transaction-pooling.ts";
import { underSettings, wantedSettings } from "./settings.ts";
import type { LockRequest } from "./any-database.ts";
import { poll, type AskedLock } from "./asked-lock.ts";

/** A lock in a database of PostgreSQL. */
interface PostgresRequest extends LockRequest {
  readonly database: Database;
}

/**
 * Takes the migration lock, and the engine's own.
 *
 * @throws TaskFailure: exit 75 when others hold one for longer than `timeoutMs`, 78 behind a pooler that cannot hold
 * it.
 */
export async function takeLock(request: PostgresRequest): Promise<MigrationLock> {
  const client = oneAtATime(await request.database.connect());
  try {
    await enableKeepalive(client);
    return await (request.lock === false ? withoutLock(client, request) : lockOn(client, request));
  } catch (error) {
    await endConnection(client);
    if (!request.signal.aborted) throw request.database.lost(error);
    throw new TaskFailure("Cancelled while waiting for the migration lock", {
      exitCode: 75,
      code: "CANCELLED",
      cause: request.signal.reason,
    });
  }
}

async function lockOn(client: Client, request: PostgresRequest): Promise<MigrationLock> {
  await refuseTransactionPooling(request.database, client);
  const keys = await underSettings(client, wantedSettings(request.schema, request.settings), () =>
    lockKeys(client, request.table),
  );
  const waiting = { ...request, deadline: performance.now() + request.timeoutMs };
  await poll(advisory(client, { key: keys.lock, what: "the migration lock", code: "LOCK_TIMEOUT" }), waiting);
  const { pid, held } = await holdsLock(client, keys.lock);
  if (!held) throw poolingFailure(request.database.label);
  await endLeftovers(client, keys, waiting);
  for (const lock of ownLocks(client, request)) await poll(lock, waiting);
  return new MigrationLock({ client, keys, backend: pid });
}

/** For a database without advisory locks, such as CockroachDB. */
async function withoutLock(client: Client, request: PostgresRequest): Promise<MigrationLock> {
  request.print("warning: no lock is taken: nothing else may migrate this database now");
  const waiting = { ...request, deadline: performance.now() + request.timeoutMs };
  for (const lock of ownLocks(client, request)) if (!lock.advisory) await poll(lock, waiting);
  return new MigrationLock({ client, keys: undefined, backend: 0 });
}

function ownLocks(client: Client, { own }: PostgresRequest): AskedLock[] {
  if (!own) return [];
  const { advisoryLock: key, lockedBy } = own;
  const named = { what: `${own.name}'s own lock`, code: "ENGINE_LOCKED" };
  const take = async (): ReturnType<AskedLock["take"]> => {
    const heldBy = await lockedBy?.(client);
    return heldBy === undefined ? undefined : { heldBy };
  };
  return [
    ...(typeof key === "bigint" ? [advisory(client, { key, ...named })] : []),
    ...(lockedBy ? [{ ...named, take }] : []),
  ];
}

function advisory(client: Client, { key, what, code }: { key: bigint; what: string; code: string }): AskedLock {
  return {
    what,
    code,
    advisory: true,
    async take() {
      const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [key]);
      if (rows[0]?.locked) return undefined;
      const holders = await lockHolders(client, key);
      return { heldBy: holders.map(({ description }) => description).join(", ") || "just freed" };
    },
  };
}
