// Finds out whether a session lock can be trusted. Behind PgBouncer in transaction mode each statement may run in
// another backend: the lock stays with one, while the migration runs in others, and no error says so.
import type { Client } from "pg";
import { TaskFailure } from "../../tasks/task.ts";
import type { Database } from "./database.ts";

/** @throws TaskFailure (exit 78) when statements of one session run in different backends. */
export async function refuseTransactionPooling(database: Database, client: Client): Promise<void> {
  const before = await backendOf(client);
  // A pooler announces a made-up backend number. Where the number is real there is no pooler.
  if (announcedPid(client) === before) return;
  await database.use(async (other) => {
    // A transaction pins its backend. If that is the one our last statement ran in, or if our next one runs elsewhere,
    // then backends are shared.
    await other.query("BEGIN");
    const pinned = await backendOf(other);
    if (pinned === before || (await backendOf(client)) !== before) throw poolingFailure(database.label);
    await other.query("COMMIT");
  });
}

/** The sentence for a pooler that shares backends between sessions. */
export function poolingFailure(label: string): TaskFailure {
  return new TaskFailure(
    `Cannot hold the migration lock through ${label}: it is PgBouncer in transaction mode, where a session's lock is lost ` +
      'between two statements; give the database\'s own address as "migrationUrl"',
    { exitCode: 78, code: "TRANSACTION_POOLING" },
  );
}

async function backendOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid;
}

/** What the server called itself when the connection was made. pg sets it but its types leave it out. */
function announcedPid(client: Client): unknown {
  return Reflect.get(client, "processID");
}
