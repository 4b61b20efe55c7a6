// Finds a port for a server that cannot choose one itself and report it. Ports that the system hands out are avoided:
// until the server listens, a connection of any process may get such a port.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that Linux (32768) and macOS (49152) hand out. */
const FIRST = 20_000;
const END = 32_000;
const ATTEMPTS = 20;

/** A port of this machine's own address at which no process listens, for now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
  throw new Error(`Cannot find a free port: ${ATTEMPTS} between ${FIRST} and ${END} are taken`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
