// The health port: `/livez` and `/readyz` over TCP for an orchestrator that cannot open a Unix socket. It answers one word,
// and nothing else can be asked here, since whoever reaches the port may ask.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Gateway } from "./gateway.ts";
import { HEADERS_TIMEOUT_MS, STALLED_AFTER_MS } from "./limits.ts";

/** Probes come from a few places, one at a time. */
const MAX_CONNECTIONS = 32;

/** Starts listening; `failed` is told why it cannot, which is no reason not to serve the socket. */
export function serveHealth(gateway: Gateway, port: number, failed: (reason: string) => void): Server {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("request", (request, response) => void answer(request, response, gateway));
  server.on("error", (error) => failed(`Cannot listen at the health port ${port}: ${error.message}`));
  server.listen(port);
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  const ready = request.url === "/readyz";
  response.shouldKeepAlive = false;
  if (request.method !== "GET" || (!ready && request.url !== "/livez")) return void response.writeHead(404).end();
  const result = await gateway.ping({ ready, timeoutMs: STALLED_AFTER_MS });
  const word = result.status === "stalled" ? "stalled" : (result.ready ?? "ok");
  const good = word === "ok" || word === "ready";
  response.writeHead(good ? 200 : 503, { "content-type": "text/plain" }).end(`${word}\n`);
}
