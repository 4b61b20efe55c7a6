// Takes the migration lock. It asks repeatedly and never waits inside a statement: a session that waits in
// pg_advisory_lock holds a snapshot, and a CREATE INDEX CONCURRENTLY of the lock's holder would wait for that snapshot,
// a deadlock.
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { formatDuration } from "../../../shared/duration.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { lockHolders, holdsLock } from "./lock-holders.ts";
import { lockKeys } from "./lock-keys.ts";
import { enableKeepalive } from "./enable-keepalive.ts";
import type { Database } from "./database.ts";
import { endConnection } from "./end-connection.ts";
import type { TablePlace } from "../sql/table-place.ts";
import { MigrationLock } from "./migration-lock.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { endLeftovers } from "./end-leftovers.ts";
import { poolingFailure, refuseTransactionPooling } from "./refuse-transaction-pooling.ts";
import { underSettings, type Settings } from "./settings.ts";

const POLL_MS = 200;
/** A short wait is not reported; a long one is reported every few seconds. */
const FIRST_REPORT_MS = 1000;
const REPORT_MS = 5000;

/** Which lock, and how to wait for it. */
export interface LockRequest {
  readonly database: Database;
  readonly table: TablePlace;
  /** The lock of the engine's own command line, if it has one. remsh waits for it after its own. */
  readonly own?: OwnLock;
  /** False takes no lock at all. Default true. */
  readonly lock?: boolean;
  /** The settings under which the table is found. */
  readonly settings: Settings;
  /** 0 asks once. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Receives the lines that say which process holds the lock. */
  readonly print: (line: string) => void;
}

/**
 * An engine's own lock. If it is an advisory lock, remsh takes it, too. If it is not, the engine says which session
 * holds it.
 */
export interface OwnLock {
  /** The engine's name, for reports. */
  readonly name: string;
  /** The key of its advisory lock, where it takes one. */
  readonly advisoryLock?: bigint;
  /** The holder of the lock at this moment, if it is not remsh. */
  readonly lockedBy: ((client: Client) => Promise<string | undefined>) | undefined;
}

/**
 * Takes the migration lock, and the engine's own.
 *
 * @throws TaskFailure: exit 75 when others hold one for longer than `timeoutMs`, 78 behind a pooler that cannot hold
 * it.
 */
export async function takeLock(request: LockRequest): Promise<MigrationLock> {
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

async function lockOn(client: Client, request: LockRequest): Promise<MigrationLock> {
  await refuseTransactionPooling(request.database, client);
  const keys = await underSettings(client, request.settings, () => lockKeys(client, request.table));
  const waiting = { ...request, deadline: performance.now() + request.timeoutMs };
  await poll(advisory(client, { key: keys.lock, what: "the migration lock", code: "LOCK_TIMEOUT" }), waiting);
  const { pid, held } = await holdsLock(client, keys.lock);
  if (!held) throw poolingFailure(request.database.label);
  await endLeftovers(client, keys, waiting);
  for (const lock of ownLocks(client, request)) await poll(lock, waiting);
  return new MigrationLock({ client, keys, backend: pid });
}

/** For a database without advisory locks, such as CockroachDB. */
async function withoutLock(client: Client, request: LockRequest): Promise<MigrationLock> {
  request.print("warning: no lock is taken: nothing else may migrate this database now");
  const waiting = { ...request, deadline: performance.now() + request.timeoutMs };
  for (const lock of ownLocks(client, request)) if (!lock.advisory) await poll(lock, waiting);
  return new MigrationLock({ client, keys: undefined, backend: 0 });
}

/** A lock that is asked for again and again. */
interface AskedLock {
  readonly what: string;
  readonly code: string;
  readonly advisory?: boolean;
  /** Takes the lock, or returns its holder. */
  take(): Promise<{ heldBy: string } | undefined>;
}

function ownLocks(client: Client, { own }: LockRequest): AskedLock[] {
  if (!own) return [];
  const { advisoryLock: key, lockedBy } = own;
  const named = { what: `${own.name}'s own lock`, code: "ENGINE_LOCKED" };
  const take = async (): ReturnType<AskedLock["take"]> => {
    const heldBy = await lockedBy?.(client);
    return heldBy === undefined ? undefined : { heldBy };
  };
  return [
    ...(key === undefined ? [] : [advisory(client, { key, ...named })]),
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

async function poll(lock: AskedLock, request: LockRequest & { deadline: number }): Promise<void> {
  const started = performance.now();
  let reportAt = started + FIRST_REPORT_MS;
  for (;;) {
    const held = await lock.take();
    if (!held) return;
    const now = performance.now();
    const waiting = `${held.heldBy}, for ${formatDuration(Math.round(now - started))}`;
    if (now >= request.deadline) {
      const { what, code } = lock;
      throw new TaskFailure(`Gave up waiting for ${what}: ${waiting}`, { exitCode: 75, code });
    }
    if (now >= reportAt) {
      request.print(`waiting for ${lock.what}: ${waiting}`);
      reportAt = now + REPORT_MS;
    }
    // Randomised, because processes that began together would otherwise always ask at the same moment.
    await delay(Math.min(POLL_MS * (0.5 + Math.random()), request.deadline - now), undefined, {
      signal: request.signal,
    });
  }
}
