// How the migration lock is taken: asked for again and again, never waited for inside a statement (a session that waits in
// pg_advisory_lock holds a snapshot, and a CREATE INDEX CONCURRENTLY of the lock's holder would wait for it: a deadlock).
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { formatDuration } from "../../shared/duration.ts";
import { TaskFailure } from "../task.ts";
import { holdersOf, holdsLock, lockKeys, type LockKeys } from "./advisory.ts";
import { watchConnection } from "./alive.ts";
import type { Database } from "./database.ts";
import { endConnection } from "./end.ts";
import type { TablePlace } from "./engine.ts";
import { MigrationLock } from "./lock.ts";
import { endLeftovers } from "./leftovers.ts";
import { poolingFailure, refuseTransactionPooling } from "./pooler.ts";
import { underSettings, type Settings } from "./settings.ts";

const POLL_MS = 200;
/** A short wait is not worth a word; a long one is told of again and again. */
const FIRST_REPORT_MS = 1000;
const REPORT_MS = 5000;

/** Which lock, and how to wait for it. */
export interface LockRequest {
  readonly database: Database;
  readonly table: TablePlace;
  /** Those under which the table is found. */
  readonly settings: Settings;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Is told who holds the lock. */
  readonly print: (line: string) => void;
}

/**
 * Takes the migration lock.
 *
 * @throws TaskFailure: exit 75 when others hold it for longer than `timeoutMs`, 78 behind a pooler that cannot hold it.
 */
export async function takeLock(request: LockRequest): Promise<MigrationLock> {
  const client = await request.database.connect();
  try {
    await refuseTransactionPooling(request.database, client);
    await watchConnection(client);
    const keys = await underSettings(client, request.settings, () => lockKeys(client, request.table));
    const deadline = Date.now() + request.timeoutMs;
    await poll(client, keys, { ...request, deadline });
    const { pid, held } = await holdsLock(client, keys.lock);
    if (!held) throw poolingFailure(request.database.label);
    await endLeftovers(client, keys, { ...request, deadline });
    return new MigrationLock({ client, keys, backend: pid });
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

async function poll(client: Client, keys: LockKeys, request: LockRequest & { deadline: number }): Promise<void> {
  const started = Date.now();
  let reportAt = started + FIRST_REPORT_MS;
  while (!(await tryLock(client, keys.lock))) {
    const now = Date.now();
    if (now >= request.deadline || now >= reportAt) {
      const waiting = `${await describeHolders(client, keys)}, for ${formatDuration(now - started)}`;
      if (now >= request.deadline) throw timedOut(waiting);
      request.print(`waiting for the migration lock: ${waiting}`);
      reportAt = now + REPORT_MS;
    }
    // Not all in step: those who began together would ask together for ever.
    await delay(Math.min(POLL_MS * (0.5 + Math.random()), request.deadline - now), undefined, {
      signal: request.signal,
    });
  }
}

async function tryLock(client: Client, key: bigint): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [key]);
  return rows[0]?.locked === true;
}

async function describeHolders(client: Client, keys: LockKeys): Promise<string> {
  const holders = await holdersOf(client, keys.lock);
  return holders.map(({ description }) => description).join(", ") || "just freed";
}

function timedOut(waiting: string): TaskFailure {
  return new TaskFailure(`Gave up waiting for the migration lock: ${waiting}`, { exitCode: 75, code: "LOCK_TIMEOUT" });
}
