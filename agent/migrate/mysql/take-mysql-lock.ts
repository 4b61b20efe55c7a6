// Takes the migration lock in MySQL, and the engine's own.
import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "../../tasks/task.ts";
import type { LockRequest } from "../database/any-database.ts";
import { poll, type AskedLock, type Waiting } from "../database/asked-lock.ts";
import { endMysql, type MysqlServer } from "./mysql-connection.ts";
import { MysqlLock, type LockConnections } from "./mysql-lock.ts";
import { holderOf, lockNames, tryLock } from "./named-locks.ts";

const POLL_MS = 50;

/** @throws TaskFailure (exit 75) when others hold one for longer than `timeoutMs`. */
export async function takeMysqlLock(server: MysqlServer, request: LockRequest): Promise<MysqlLock> {
  const connections: LockConnections = { keeper: await server.connect(), reader: await server.connect() };
  try {
    return await lockOn(connections, server, request);
  } catch (error) {
    await Promise.all([endMysql(connections.keeper), endMysql(connections.reader)]);
    if (!request.signal.aborted) throw server.lost(error);
    throw new TaskFailure("Cancelled while waiting for the migration lock", {
      exitCode: 75,
      code: "CANCELLED",
      cause: request.signal.reason,
    });
  }
}

async function lockOn(connections: LockConnections, server: MysqlServer, request: LockRequest): Promise<MysqlLock> {
  const waiting = { ...request, deadline: performance.now() + request.timeoutMs };
  const names = request.lock === false ? undefined : lockNames(server.address.database, request.table);
  if (names) {
    const what = { name: names.lock, what: "the migration lock", code: "LOCK_TIMEOUT" };
    await poll(named(connections, what), waiting);
    await endLeftovers(connections, names.work, waiting);
  } else request.print("warning: no lock is taken: nothing else may migrate this database now");
  for (const lock of ownLocks(connections, request)) await poll(lock, waiting);
  return new MysqlLock(connections, names);
}

function ownLocks(connections: LockConnections, { own, lock }: LockRequest): AskedLock[] {
  if (!own) return [];
  const what = { what: `${own.name}'s own lock`, code: "ENGINE_LOCKED" };
  const { advisoryLock: name } = own;
  const take = async (): ReturnType<AskedLock["take"]> => {
    const heldBy = await own.lockedBy?.(connections.reader);
    return heldBy === undefined ? undefined : { heldBy };
  };
  return [
    ...(typeof name === "string" && lock !== false ? [named(connections, { name, ...what })] : []),
    ...(own.lockedBy ? [{ ...what, take }] : []),
  ];
}

function named(
  { keeper, reader }: LockConnections,
  { name, what, code }: { name: string; what: string; code: string },
): AskedLock {
  return {
    what,
    code,
    async take() {
      if (await tryLock(keeper, name)) return undefined;
      return { heldBy: (await holderOf(reader, name))?.description ?? "just freed" };
    },
  };
}

/**
 * Ends the sessions that a killed process has left in the middle of a statement.
 *
 * @throws TaskFailure (exit 75) when one still exists at the deadline.
 */
async function endLeftovers({ reader }: LockConnections, work: readonly string[], waiting: Waiting): Promise<void> {
  for (const name of work) {
    let left = await holderOf(reader, name);
    if (left) waiting.print(`ending the session that a killed process left behind: ${left.description}`);
    while (left) {
      await reader.query(`KILL ${left.id}`).catch(() => {}); // it has just ended, or belongs to another user
      await delay(POLL_MS, undefined, { signal: waiting.signal });
      left = await holderOf(reader, name);
      if (left && performance.now() >= waiting.deadline) throw stillThere(left);
    }
  }
}

function stillThere({ id, description }: { id: number; description: string }): TaskFailure {
  return new TaskFailure(
    `Cannot migrate yet: ${description} lost its lock, but its session still runs (KILL ${id} ends it)`,
    { exitCode: 75, code: "LOCK_TIMEOUT" },
  );
}
