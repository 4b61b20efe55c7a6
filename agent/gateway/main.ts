// The worker thread's first lines: open the socket, serve it, and close it when the main thread says so.
import { parentPort, workerData } from "node:worker_threads";
import { RpcError } from "../../shared/errors.ts";
import type { GatewayData, ToGateway } from "./channel.ts";
import { Gateway } from "./gateway.ts";
import { createHttpServer } from "./http.ts";
import { listenAt } from "./listen.ts";
import { acceptWebSockets } from "./websocket.ts";

if (parentPort === null) throw new Error("Cannot run the gateway on the main thread: it is a worker's code");
const main = parentPort;
// `new Worker(…, { workerData })` in ../gateway-thread.ts gives exactly this.
const data = workerData as GatewayData;
const gateway = new Gateway(data, main);
const server = createHttpServer(gateway);
const endWebSockets = acceptWebSockets(server, gateway);

main.on("message", (message: ToGateway) => {
  switch (message.type) {
    case "ready":
      return gateway.hear(message);
    case "closing":
      gateway.closing = true;
      return;
    case "close":
      return close();
  }
});

listenAt(server, data).then(
  (inode) => gateway.tell({ type: "listening", inode }),
  (error: unknown) => fail(error),
);

function close(): void {
  server.close();
  endWebSockets();
  server.closeAllConnections();
  main.close();
}

function fail(error: unknown): void {
  const code =
    error instanceof RpcError && (error.code === "DENIED" || error.code === "BAD_ARGUMENTS") ? error.code : "INTERNAL";
  gateway.tell({ type: "failed", code, message: error instanceof Error ? error.message : String(error) });
  close();
}
