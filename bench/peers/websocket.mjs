// WebSockets over a Unix socket, for peers that have no transport of their own.
import { once } from "node:events";
import { createServer } from "node:http";
import WebSocket, { WebSocketServer } from "ws";

/** Listens at the socket and passes each WebSocket to `accept`. */
export async function serveWebSockets(socket, accept) {
  const server = createServer();
  new WebSocketServer({ server, perMessageDeflate: false }).on("connection", accept);
  await once(server.listen(socket), "listening");
}

/** An open WebSocket to the socket. */
export async function openWebSocket(socket) {
  const webSocket = new WebSocket(`ws+unix:${socket}:/`, { perMessageDeflate: false });
  await once(webSocket, "open");
  return webSocket;
}
