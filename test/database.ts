// Databases for tests, on the one PostgreSQL of the run (shared-postgres.ts). A test that configures or ends a server
// starts its own with examples/postgres.ts.
import { afterAll, inject } from "vitest";
import { postgresAt, type PostgresServer } from "../examples/postgres.ts";
import { askForServer } from "./shared-server.ts";

let server: Promise<PostgresServer> | undefined;

afterAll(async () => {
  // The databases on the run's own server are removed with it.
  if (process.env.DATABASE_URL) await (await server)?.stop();
});

/**
 * The connection string of a fresh, empty database, which is gone after the run. Roles belong to the server: give them
 * unique names.
 */
export async function createDatabase(): Promise<string> {
  server ??= sharedServer();
  return (await server).createDatabase();
}

async function sharedServer(): Promise<PostgresServer> {
  return postgresAt(await askForServer(inject("postgresPort")));
}
