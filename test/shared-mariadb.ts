// The run's MariaDB (shared-server.ts), for mariadb.ts.
import type { TestProject } from "vitest/node";
import { shareServer } from "./shared-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The port on this machine at which tests ask for the run's MariaDB. */
    mariadbPort: number;
  }
}

const PROGRAM = new URL("./mariadb-process.ts", import.meta.url);

/** vitest calls it before the first test file, and what it returns after the last. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return shareServer(PROGRAM, (port) => project.provide("mariadbPort", port));
}
