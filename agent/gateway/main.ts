// The gateway thread's entry: opens the socket, serves it, and closes it when the main thread says so.
import { parentPort, workerData } from "node:worker_threads";
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import { within } from "../../shared/within.ts";
import type { FromGateway, GatewayData, ToGateway } from "../border/channel.ts";
import { createGateway } from "./gateway.ts";
import { serveHealth } from "./health.ts";
import { createHttpServer } from "./http.ts";
import { KeptSocket } from "./kept-socket.ts";
import { GOODBYE_MS, LAST_ANSWERS_MS } from "./admission/limits.ts";
import { listenAt } from "./listen.ts";
import { acceptWebSockets } from "./websocket.ts";

if (parentPort === null) throw new Error("Cannot run the gateway on the main thread: it is a worker's code");
const main = parentPort;
// This is exactly what `new Worker(…, { workerData })` in ../gateway-thread.ts passes.
const data = workerData as GatewayData;
const gateway = createGateway(data, main);
const server = createHttpServer(gateway);
const endWebSockets = acceptWebSockets(server, gateway);

main.on("message", (message: ToGateway) => {
  switch (message.type) {
    case "ready":
      return gateway.mainThread.hearReady(message);
    case "tasks":
      gateway.admission.tasks.hear(message);
      return;
    case "closing":
      return gateway.admission.close();
    case "flush":
      return void flush();
    case "close":
      return void close();
  }
});

const trouble = (message: string) => gateway.mainThread.tell({ type: "trouble", message });
const endHealth = data.health === undefined ? undefined : serveHealth(gateway, data.health, trouble);
const opening = open();
opening.catch((error: unknown) => {
  gateway.mainThread.tell({
    type: "failed",
    code: codeOf(error),
    message: messageOf(error),
  });
  // Anything that was opened before the failure would keep the thread alive, and answer probes.
  server.close();
  endHealth?.();
  main.close();
});

async function open(): Promise<KeptSocket> {
  const identity = await listenAt(server, data);
  // An error on accept, as when the process is out of descriptors, must not end the other connections.
  server.on("error", () => {});
  const listening = (current: string) => gateway.mainThread.tell({ type: "listening", identity: current });
  listening(identity);
  return new KeptSocket(server, { at: data, identity, listening, trouble });
}

/** The app may end at any moment: reports when the answers of runs that have just ended are on their way. */
async function flush(): Promise<void> {
  await within(LAST_ANSWERS_MS, answered());
  gateway.mainThread.tell({ type: "flushed" });
}

/** Resolves when every request and every expression has its answer, and the answers are written. */
async function answered(): Promise<void> {
  await Promise.all([gateway.relays.settled(), gateway.expressions.settled()]);
  await new Promise((resolve) => setImmediate(resolve));
}

/** Answers what it can, closes the connections, and ends the thread. */
async function close(): Promise<void> {
  const socket = await opening.catch(() => undefined); // a socket that was never opened needs no closing
  await socket?.close().catch(() => {}); // the main thread removes what this thread could not
  server.close();
  endHealth?.();
  const { expressions, relays } = gateway;
  expressions.close();
  relays.closeConsoles();
  await within(LAST_ANSWERS_MS, relays.settled());
  relays.abandon();
  await within(GOODBYE_MS, endWebSockets());
  process.exit(0);
}

function codeOf(error: unknown): Extract<FromGateway, { type: "failed" }>["code"] {
  if (!(error instanceof RpcError)) return "INTERNAL";
  const { code } = error;
  return code === "DENIED" || code === "BAD_ARGUMENTS" || code === "SEVERAL_INSTANCES" ? code : "INTERNAL";
}
