// Ends the sessions that a killed process has left. Its lock is free at once, but a backend in the middle of a
// statement does not notice that its client is gone. It would continue, with its table locks, beside the next process's
// migrations. So the new holder of the lock first ends every session that still works under the old one.
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { TaskFailure } from "../../tasks/task.ts";
import { lockHolders, type Holder } from "./lock-holders.ts";
import type { LockKeys } from "./lock-keys.ts";

const POLL_MS = 50;

/** @throws TaskFailure (exit 75) when a session still exists at the deadline. */
export async function endLeftovers(
  client: Client,
  keys: LockKeys,
  { deadline, signal, print }: { deadline: number; signal: AbortSignal; print: (line: string) => void },
): Promise<void> {
  let leftovers = await lockHolders(client, keys.work);
  const told = new Set<number>();
  while (leftovers.length > 0) {
    for (const session of leftovers) await terminate(client, session);
    for (const { pid, description } of leftovers.filter((session) => !told.has(session.pid))) {
      print(`ending the session that ${description} left behind`);
      told.add(pid);
    }
    await delay(POLL_MS, undefined, { signal });
    leftovers = await lockHolders(client, keys.work);
    if (leftovers[0] && performance.now() >= deadline) throw stillThere(leftovers[0]);
  }
}

async function terminate(client: Client, { pid }: Holder): Promise<void> {
  try {
    await client.query("SELECT pg_terminate_backend($1)", [pid]);
  } catch {
    // This role may not end it, because another role began it. Then it ends by itself before the deadline, or
    // stillThere reports it.
  }
}

function stillThere({ pid, description }: Holder): TaskFailure {
  return new TaskFailure(
    `Cannot migrate yet: ${description} lost its lock, but its session still runs (SELECT pg_terminate_backend(${pid}) ends it)`,
    { exitCode: 75, code: "LOCK_TIMEOUT" },
  );
}
