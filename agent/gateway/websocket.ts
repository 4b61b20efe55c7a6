// WebSockets on the same server: subprotocol remsh.v1, text only, no compression, every buffer bounded.
import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { RpcError } from "../../shared/errors.ts";
import { CLOSE_VIOLATION, SUBPROTOCOL, errorMessage } from "../../shared/protocol.ts";
import { Connection, type Peer } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import { UNREAD_BYTES } from "./limits.ts";
import { checkCaller } from "./refuse.ts";

/** WebSocket close code 1001: the server goes away. */
const GOING_AWAY = 1001;
/** WebSocket close code 1003: this endpoint takes text only. */
const UNSUPPORTED_DATA = 1003;

/** Accepts WebSockets on the server; what it returns ends them all. */
export function acceptWebSockets(server: Server, gateway: Gateway): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: gateway.limits.messageBytes,
    maxFragments: 1024,
    maxBufferedChunks: 4096,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    try {
      checkCaller(request);
      checkProtocol(request);
    } catch (error) {
      return refuseUpgrade(socket, error);
    }
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, gateway));
  });
  return () => sockets.clients.forEach((client) => client.close(GOING_AWAY, "the agent closes"));
}

function serve(client: WebSocket, gateway: Gateway): void {
  const connection = new Connection(new WebSocketPeer(client), gateway);
  client.on("message", (data: RawData, isBinary: boolean) => {
    if (isBinary) return client.close(UNSUPPORTED_DATA, "messages are text");
    // Text arrives as one Buffer: ws's default binaryType.
    connection.receive((data as Buffer).toString());
  });
  client.on("close", () => connection.end());
  client.on("error", () => {}); // a protocol error of the peer's; "close" follows and ends the connection
}

class WebSocketPeer implements Peer {
  readonly #client: WebSocket;

  constructor(client: WebSocket) {
    this.#client = client;
  }

  notify(text: string, written: () => void): void {
    this.#client.send(text, written);
  }

  respond(text: string): void {
    // Answers are not held back for a slow reader as output is: one that asks and never reads is let go.
    if (this.#client.bufferedAmount > UNREAD_BYTES) return this.#client.terminate();
    this.#client.send(text);
  }

  reject(text: string, reason: string): void {
    this.#client.send(text);
    this.#client.close(CLOSE_VIOLATION, Buffer.from(reason).subarray(0, 123).toString());
  }
}

function checkProtocol({ headers }: IncomingMessage): void {
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (offered.includes(SUBPROTOCOL)) return;
  throw new RpcError(
    "VERSION_NOT_SHARED",
    `Cannot speak with this client: it offers ${offered.join(", ") || "no subprotocol"}, this agent speaks ${SUBPROTOCOL}`,
  );
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const known = error instanceof RpcError ? error : new RpcError("INTERNAL", `Cannot answer: ${String(error)}`);
  const status = known.code === "DENIED" ? 403 : 400;
  const body = `${errorMessage(null, known)}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}
