// Applies the migrations in migrations/, all that are pending in one transaction.
import path from "node:path";
import { runner } from "node-pg-migrate";
import { databaseUrl } from "./database.ts";

/** Applies what is pending; resolves to the names of what was applied. The engine logs to the console, and so to the caller. */
export async function migrate(): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir: path.join(import.meta.dirname, "migrations"),
    migrationsTable: "pgmigrations",
    direction: "up",
    singleTransaction: true,
  });
  return applied.map(({ name }) => name);
}
