// Finds the database sessions of a command that remsh runs. A backend in the middle of a statement does not notice that
// its client was killed. It would go on, and commit, after the run was reported as cancelled. So the command's sessions
// get a name from remsh, and those that outlive the command are ended.
import { setTimeout as delay } from "node:timers/promises";
import type { CommandSessions } from "./any-database.ts";
import type { MigrationLock } from "./migration-lock.ts";

const POLL_MS = 50;
const GONE_MS = 5000;

/** The name is made from the lock's key: the next holder of the lock finds what a killed process has left. */
export function commandSessions({ client, keys }: MigrationLock): CommandSessions {
  const name = `remsh: a command ${BigInt.asUintN(64, keys?.work ?? 0n).toString(16)}`;
  const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = $1 AND datname = current_database() AND usename = current_user`;
  return {
    env: { PGAPPNAME: name },
    async end() {
      const deadline = performance.now() + GONE_MS;
      let found = false;
      while ((await client.query(ended, [name])).rowCount !== 0 && performance.now() < deadline) {
        found = true;
        await delay(POLL_MS);
      }
      return found;
    },
  };
}
