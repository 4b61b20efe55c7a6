// One PostgreSQL for the whole run, started when the first test asks for a database (database.ts). It lives in a
// separate process that ends with its standard input: Ctrl-C does not reach it, and it does not outlive vitest, however
// that ends.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { Child } from "../examples/demo/child.ts";

declare module "vitest" {
  interface ProvidedContext {
    /**
     * The port on this machine at which tests ask for the run's PostgreSQL; the answer is one line of {@link
     * SharedPostgres}.
     */
    postgresPort: number;
  }
}

/** The connection string of the run's server, or why there is none. */
export type SharedPostgres = { url: string } | { problem: string };

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../examples/demo/database-process.ts", import.meta.url));
const STOP_LIMIT_MS = 30_000;

/** vitest calls it before the first test file, and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let database: Child | undefined;
  let answer: Promise<SharedPostgres> | undefined;
  const door = createServer((asking) => {
    asking.on("error", () => {}); // the test file that asked has ended
    database ??= new Child([process.execPath, "--import", "tsx", PROGRAM], {
      cwd: ROOT,
      env: process.env,
      endsWithInput: true,
    });
    answer ??= answerOf(database);
    void answer.then((shared) => asking.end(JSON.stringify(shared)));
  }).listen(0, "127.0.0.1");
  await once(door, "listening");
  project.provide("postgresPort", (door.address() as AddressInfo).port);
  return async () => {
    door.close();
    await database?.stop(STOP_LIMIT_MS);
  };
}

async function answerOf(database: Child): Promise<SharedPostgres> {
  try {
    await database.prints(/^DATABASE_URL=.*$/m);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  return { url: /^DATABASE_URL=(.*)$/m.exec(database.output)?.[1] ?? "" };
}
