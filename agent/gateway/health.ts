// Serves the health port: `/livez` and `/readyz` over TCP, for an orchestrator that cannot open a Unix socket. The
// answer is one word, and nothing else is served here, since anyone that reaches the port may ask.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { hasCode } from "../../shared/has-code.ts";
import type { HealthAddress } from "../border/channel.ts";
import type { Gateway } from "./gateway.ts";
import { HEADERS_TIMEOUT_MS } from "./admission/limits.ts";
import { ping } from "./ping.ts";
import { Places } from "./admission/places.ts";

/** Probes come from a few callers, one at a time. */
const MAX_CONNECTIONS = 32;

/** How long to wait before trying a taken port again. */
const AGAIN_MS = 1000;

/**
 * Starts listening, and retries while another process has the port, such as the instance that this one replaces.
 * `failed` is called once with the reason why it cannot listen; the socket is still served. The returned function ends
 * it.
 */
export function serveHealth(gateway: Gateway, address: HealthAddress, failed: (reason: string) => void): () => void {
  const { port } = address;
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  });
  // As on the socket: a connection that has sent no request makes room for one that does.
  const places = new Places(MAX_CONNECTIONS);
  server.on("connection", (socket) => places.add(socket));
  server.on("request", (request, response) => {
    places.setBusy(request.socket, true);
    void answer(request, response, gateway);
  });
  server.once("error", (error) => failed(`Cannot listen at the health port ${port}: ${error.message}`));
  let again: NodeJS.Timeout | undefined;
  server.on("error", (error) => {
    if (hasCode(error, "EADDRINUSE")) again = setTimeout(() => server.listen(address), AGAIN_MS).unref();
  });
  server.listen(address);
  return () => {
    clearTimeout(again);
    server.close();
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  const ready = request.url === "/readyz";
  response.shouldKeepAlive = false;
  if (request.method !== "GET" || (!ready && request.url !== "/livez")) return void response.writeHead(404).end();
  const result = await ping(gateway, { ready });
  const word = result.status === "stalled" ? "stalled" : (result.ready ?? "ok");
  const good = word === "ok" || word === "ready";
  response.writeHead(good ? 200 : 503, { "content-type": "text/plain" }).end(`${word}\n`);
}
