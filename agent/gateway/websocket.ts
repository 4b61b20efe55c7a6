// Serves WebSockets on the same server: subprotocol remsh.v1, text only, no compression, every buffer bounded.
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { RpcError } from "../../shared/errors.ts";
import { gatherWrites } from "../../shared/gather-writes.ts";
import { CLOSE_VIOLATION, IN_FLIGHT_HEADER, SUBPROTOCOL } from "../../shared/messages/messages.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import type { Admission } from "./admission/admission.ts";
import { Connection, crowded, type Peer } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import { GOODBYE_MS, UNREAD_PAUSE_BYTES } from "./admission/limits.ts";
import { checkFolder } from "./other-app.ts";
import { checkCaller, refuseSocket } from "./refuse.ts";

/** WebSocket close code 1001: the server is closing. */
const GOING_AWAY = 1001;
/** WebSocket close code 1003: this endpoint accepts only text. */
const UNSUPPORTED_DATA = 1003;

/** A client's ping or pong has this many bytes besides its data: two of head, and four of mask. */
const CONTROL_FRAME_BYTES = 6;

/** Accepts WebSockets on the server. The returned function closes them all, and resolves when they are closed. */
export function acceptWebSockets(server: Server, gateway: Gateway): () => Promise<void> {
  const options = {
    noServer: true,
    maxPayload: gateway.admission.limits.messageBytes,
    maxFragments: 1024,
    maxBufferedChunks: 4096,
    perMessageDeflate: false,
    // ws knows this option, but its types do not yet.
    closeTimeout: GOODBYE_MS,
    handleProtocols: () => SUBPROTOCOL,
  };
  const sockets = new WebSocketServer(options);
  // Tells the client the limit, so that it queues further requests instead of being refused.
  sockets.on("headers", (headers) => void headers.push(`${IN_FLIGHT_HEADER}: ${gateway.admission.limits.inFlight}`));
  // Node's own server accepts only sockets, although its types say less.
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    try {
      checkCaller(request);
      checkProtocol(request);
      checkFolder(request, gateway);
      if (gateway.admission.places.isSpare(socket)) throw crowded();
    } catch (error) {
      return refuseUpgrade(socket, error);
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      serve(client, new WebSocketPeer(client, socket, gateway.admission), gateway);
    });
  });
  return () => endAll(sockets.clients);
}

function serve(client: WebSocket, peer: WebSocketPeer, gateway: Gateway): void {
  const { socket } = peer;
  peer.setBusy(false);
  const connection = new Connection(peer, gateway);
  // Called before ws reads the bytes: once ws makes a message of them, it is complete.
  socket.prependListener("data", (bytes: Buffer) => gateway.admission.halfSent.add(socket, bytes.length));
  // Text arrives as one Buffer: ws's default binaryType.
  client.on("message", (data: Buffer, isBinary: boolean) => {
    gateway.admission.halfSent.end(socket);
    if (isBinary) return client.close(UNSUPPORTED_DATA, "messages are text");
    peer.take(data.toString(), (text) => connection.receive(text));
  });
  for (const control of ["ping", "pong"] as const)
    client.on(control, (data) => gateway.admission.halfSent.subtract(socket, data.length + CONTROL_FRAME_BYTES));
  client.on("close", () => connection.end());
  client.on("error", () => {}); // a protocol error of the peer; "close" follows and ends the connection
}

async function endAll(clients: Set<WebSocket>): Promise<void> {
  const ended = [...clients].map((client) => new Promise((resolve) => client.once("close", resolve)));
  for (const client of clients) client.close(GOING_AWAY, "the agent closes");
  await Promise.all(ended);
}

class WebSocketPeer implements Peer {
  readonly #client: WebSocket;
  readonly socket: Socket;
  readonly #admission: Admission;
  /** Requests that arrived while the peer is not being read: the last read may have contained hundreds. */
  readonly #untaken: (() => void)[] = [];

  constructor(client: WebSocket, socket: Socket, admission: Admission) {
    this.#client = client;
    this.socket = socket;
    this.#admission = admission;
  }

  setBusy(busy: boolean): void {
    this.#admission.places.setBusy(this.socket, busy);
  }

  /** Handles a request once the peer has read the answers to those before. */
  take(text: string, receive: (text: string) => void): void {
    if (this.#client.isPaused) this.#untaken.push(() => receive(text));
    else receive(text);
  }

  notify(text: string, written: () => void): void {
    gatherWrites(this.socket);
    this.#client.send(text, () => {
      written();
      this.#goOnIfRead();
    });
  }

  respond(text: string, written?: () => void): void {
    gatherWrites(this.socket);
    if (this.#client.bufferedAmount + text.length < UNREAD_PAUSE_BYTES) return this.#client.send(text, written);
    // If the peer does not read its answers, its requests are not read either, so it cannot ask for more.
    this.#client.pause();
    const release = this.#admission.unread.hold(this.socket, text.length);
    this.#client.send(text, () => {
      release();
      written?.();
      this.#goOnIfRead();
    });
  }

  /** Called after output as well, since output may follow the answer that stopped the reading. */
  #goOnIfRead(): void {
    if (!this.#client.isPaused || this.#client.bufferedAmount >= UNREAD_PAUSE_BYTES) return;
    this.#client.resume();
    while (this.#untaken.length > 0 && !this.#client.isPaused) this.#untaken.shift()?.();
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
  const known = toRpcError(error);
  refuseSocket(socket, known.code === "DENIED" ? 403 : known.code === "TOO_MANY" ? 503 : 400, known);
}
