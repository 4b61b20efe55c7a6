// The shop: an HTTP API on PostgreSQL, and the agent that lets `bin/shop` talk to it while it runs.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startAgent } from "remsh";
import { pool } from "./database.ts";
import { answer } from "./routes.ts";

const server = createServer((request, response) => void answer(request, response));

const agent = await startAgent({
  tasks: () => import("./release.ts"),
  context: { pool },
  ready: async () => {
    if (!server.listening) throw new Error("it does not listen yet");
    await pool.query("SELECT 1");
  },
});

server.on("error", (error) => {
  console.error(`Cannot serve the shop: ${error.message}`);
  process.exitCode = 1;
  void stop();
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`The shop is open at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    console.log(`The shop closes: ${signal}`);
    void stop();
  });
}

/** Takes no new requests, lets requests and runs in flight end, and only then closes the database. */
async function stop(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  await Promise.all([closed, agent.close()]);
  await pool.end();
  console.log("The shop is closed");
}
