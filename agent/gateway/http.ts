// The HTTP server on the socket: probes, `POST /rpc`, and the first check of every request.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import { SUBPROTOCOL } from "../../shared/messages/messages.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import type { Gateway } from "./gateway.ts";
import { serveCall } from "./http-call.ts";
import { HEADERS_TIMEOUT_MS, STALLED_AFTER_MS } from "./admission/limits.ts";
import { tooManyInFlight } from "./admission/too-many-in-flight.ts";
import { checkFolder } from "./other-app.ts";
import { ping } from "./ping.ts";
import { checkCaller, refuse, refuseGarbage } from "./refuse.ts";

/** The responses in flight on each connection: a client may send the next request before the last is answered. */
const pipelined = new WeakMap<Socket, Set<ServerResponse>>();

/** Creates the server, which does not listen yet. WebSockets are added by ./websocket.ts. */
export function createHttpServer(gateway: Gateway): Server {
  const { places, limits } = gateway.admission;
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS * 6,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: HEADERS_TIMEOUT_MS,
  });
  server.on("connection", (socket) => {
    places.add(socket);
    pipelined.set(socket, new Set());
    socket.once("close", () => closeQueued(socket));
  });
  server.on("request", (request, response) => {
    const { socket } = request;
    // A request counts as busy once it is complete. A request that never completes makes room like a connection without
    // one.
    if (request.method !== "POST") places.setBusy(socket, true);
    else request.once("end", () => places.setBusy(socket, true));
    const inFlight = responsesOf(socket).add(response);
    if (inFlight.size >= limits.inFlight) socket.pause();
    response.once("close", () => {
      inFlight.delete(response);
      if (inFlight.size < limits.inFlight) socket.resume();
      if (inFlight.size === 0) places.setBusy(socket, false);
    });
    if (inFlight.size > limits.inFlight) return refuse(response, 429, tooManyInFlight(limits.inFlight));
    void route(request, response, gateway);
  });
  server.on("clientError", refuseGarbage);
  return server;
}

function responsesOf(socket: Socket): Set<ServerResponse> {
  return pipelined.get(socket) ?? new Set();
}

/** A response that waits behind another has no socket yet, so Node does not tell it that its caller disconnected. */
function closeQueued(socket: Socket): void {
  for (const response of responsesOf(socket)) if (response.socket === null) response.emit("close");
}

async function route(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  try {
    checkCaller(request);
    checkVersion(request);
    checkFolder(request, gateway);
    const url = readUrl(request);
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

/** The HTTP status for an error code; 400 for all others. */
const STATUS: Partial<Record<RpcCode, number>> = { DENIED: 403, OTHER_APP: 421 };

/** @throws RpcError BAD_MESSAGE for a path such as `//[`. */
function readUrl({ url = "/" }: IncomingMessage): URL {
  if (URL.canParse(url, "http://localhost")) return new URL(url, "http://localhost");
  throw new RpcError("BAD_MESSAGE", `Cannot read the request: "${url.slice(0, 200)}" is not a path`);
}

/** Clients other than curl send the protocol that they speak. */
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
  const result = await ping(gateway, params);
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
  if (!(error instanceof RpcError)) return refuse(response, 500, toRpcError(error));
  refuse(response, STATUS[error.code] ?? 400, error);
}
