// PostgreSQL, as one kind of database.
import type { Client } from "pg";
import type { AnyDatabase } from "./any-database.ts";
import { commandSessions } from "./command-sessions.ts";
import { Database } from "./database.ts";
import { schemaExists } from "./ensure-schema.ts";
import { invalidIndexes } from "./invalid-indexes.ts";
import type { MigrationLock } from "./migration-lock.ts";
import { Session } from "./session.ts";
import { underSettings, wantedSettings } from "./settings.ts";
import { takeLock } from "./take-lock.ts";

/** @throws TaskFailure (exit 78) when the address cannot be used. */
export function postgres(address: string): AnyDatabase<Client> {
  const database = new Database(address);
  const { label, schemaParameter } = database;
  return {
    kind: "PostgreSQL",
    label,
    schemaParameter,
    use: (work) => database.use(work),
    lost: (error) => database.lost(error),
    takeLock: (request) => takeLock({ ...request, database }),
    commandSessions: (lock) => commandSessions(lock as MigrationLock), // of the same database
    openSession: ({ lock, ...request }) =>
      // Of the same database.
      new Session({ ...request, database, ...(lock && { lock: lock as MigrationLock }) }),
    under: (client, { schema, settings }, work) => underSettings(client, wantedSettings(schema, settings), work),
    hasSchema: schemaExists,
    invalidIndexes,
  };
}
