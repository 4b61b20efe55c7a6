// One database server for the whole run, started when the first test asks for it. It lives in a separate process that ends
// with its standard input: Ctrl-C does not reach it, and it does not outlive vitest, however that ends.
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Child } from "../examples/demo/child.ts";

/** The connection string of the run's server, or why there is none. */
type SharedServer = { url: string } | { problem: string };

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const STOP_LIMIT_MS = 30_000;

/**
 * Opens the port at which tests ask for the server that the program starts; `provide` gets the port. The returned
 * function ends both.
 */
export async function shareServer(program: URL, provide: (port: number) => void): Promise<() => Promise<void>> {
  let database: Child | undefined;
  let answer: Promise<SharedServer> | undefined;
  const door = createServer((asking) => {
    asking.on("error", () => {}); // the test file that asked has ended
    database ??= new Child([process.execPath, "--import", "tsx", fileURLToPath(program)], {
      cwd: ROOT,
      env: process.env,
      endsWithInput: true,
    });
    answer ??= answerOf(database);
    void answer.then((shared) => asking.end(JSON.stringify(shared)));
  }).listen(0, "127.0.0.1");
  await once(door, "listening");
  provide((door.address() as AddressInfo).port);
  return async () => {
    door.close();
    await database?.stop(STOP_LIMIT_MS);
  };
}

/** The run's server, as a test asks for it. @throws Error when it cannot be started. */
export async function askForServer(port: number): Promise<string> {
  const shared = JSON.parse(await text(connect(port, "127.0.0.1"))) as SharedServer;
  if ("problem" in shared) throw new Error(`Cannot use a database: ${shared.problem}`);
  return shared.url;
}

async function answerOf(database: Child): Promise<SharedServer> {
  try {
    await database.prints(/^DATABASE_URL=.*$/m);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  return { url: /^DATABASE_URL=(.*)$/m.exec(database.output)?.[1] ?? "" };
}
