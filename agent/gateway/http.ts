// The HTTP server on the socket: probes, `POST /rpc`, and the first look at everybody who comes in.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RpcError } from "../../shared/errors.ts";
import { SUBPROTOCOL } from "../../shared/protocol.ts";
import type { Gateway } from "./gateway.ts";
import { serveCall } from "./http-call.ts";
import { HEADERS_TIMEOUT_MS, STALLED_AFTER_MS } from "./limits.ts";
import { checkCaller, refuse } from "./refuse.ts";

/** The server, not yet listening; WebSockets are ./websocket.ts's part. */
export function createHttpServer(gateway: Gateway): Server {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS * 6,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: HEADERS_TIMEOUT_MS,
  });
  const newcomers = new Newcomers(gateway);
  server.on("connection", (socket) => newcomers.add(socket));
  server.on("request", (request, response) => {
    newcomers.remove(request.socket);
    void route(request, response, gateway);
  });
  server.on("upgrade", (request) => newcomers.remove(request.socket));
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  return server;
}

/** Connections that have not sent a request yet. When all places are taken, the one silent for longest makes room. */
class Newcomers {
  readonly #gateway: Gateway;
  readonly #silent = new Set<Socket>();
  #open = 0;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  add(socket: Socket): void {
    socket.once("close", () => {
      this.#open--;
      this.#silent.delete(socket);
    });
    this.#silent.add(socket);
    // Of a Set the first is the oldest; when nobody is silent that is the newcomer itself.
    if (++this.#open > this.#gateway.limits.connections) this.#silent.values().next().value?.destroy();
  }

  remove(socket: Socket): void {
    this.#silent.delete(socket);
  }
}

async function route(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  try {
    checkCaller(request);
    checkVersion(request);
    const url = new URL(request.url ?? "/", "http://localhost");
    switch (`${request.method} ${url.pathname}`) {
      case "GET /livez":
        return await probe(response, gateway, { timeoutMs: limitOf(url) });
      case "GET /readyz":
        return await probe(response, gateway, { timeoutMs: limitOf(url), ready: true });
      case "POST /rpc":
        return serveCall(request, response, gateway);
      default:
        refuse(
          response,
          404,
          new RpcError("NOT_SUPPORTED", `Cannot answer ${request.method} ${url.pathname}: there is no such thing here`),
        );
    }
  } catch (error) {
    refuseWith(response, error);
  }
}

/** A client that is not curl says which protocol it speaks. */
function checkVersion({ headers }: IncomingMessage): void {
  const spoken = headers["remsh-protocol"];
  if (spoken === undefined || spoken === SUBPROTOCOL) return;
  throw new RpcError(
    "VERSION_NOT_SHARED",
    `Cannot speak with this client: it speaks ${String(spoken)}, this agent speaks ${SUBPROTOCOL}`,
  );
}

async function probe(
  response: ServerResponse,
  gateway: Gateway,
  params: { timeoutMs: number; ready?: boolean },
): Promise<void> {
  const result = await gateway.ping(params);
  const good = params.ready ? result.ready === "ready" : result.status === "ok";
  response.writeHead(good ? 200 : 503, { "content-type": "application/json" }).end(`${JSON.stringify(result)}\n`);
}

function limitOf(url: URL): number {
  const text = url.searchParams.get("timeout");
  if (text === null) return STALLED_AFTER_MS;
  const ms = Number(text);
  if (Number.isInteger(ms) && ms > 0 && ms <= 600_000) return ms;
  throw new RpcError("BAD_ARGUMENTS", `Cannot read timeout=${text}: it is a whole number of milliseconds up to 600000`);
}

function refuseWith(response: ServerResponse, error: unknown): void {
  if (!(error instanceof RpcError))
    return refuse(response, 500, new RpcError("INTERNAL", `Cannot answer: ${String(error)}`));
  refuse(response, error.code === "DENIED" ? 403 : 400, error);
}
