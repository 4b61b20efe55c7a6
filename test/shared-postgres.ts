// The run's PostgreSQL (shared-server.ts), for database.ts.
import type { TestProject } from "vitest/node";
import { shareServer } from "./shared-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The port on this machine at which tests ask for the run's PostgreSQL. */
    postgresPort: number;
  }
}

const PROGRAM = new URL("../examples/demo/database-process.ts", import.meta.url);

/** vitest calls it before the first test file, and what it returns after the last. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return shareServer(PROGRAM, (port) => project.provide("postgresPort", port));
}
