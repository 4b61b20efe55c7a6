// The lower bound: a server that sends each message back unread, and a client that matches answers to its calls by
// order.
import { openWebSocket, serveWebSockets } from "./websocket.mjs";

/** Serves at the socket. */
export function serve(socket) {
  return serveWebSockets(socket, (webSocket) => {
    webSocket.on("message", (data) => webSocket.send(data, { binary: false }));
  });
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const webSocket = await openWebSocket(socket);
  const waiting = [];
  webSocket.on("message", (data) => waiting.shift()(data.toString()));
  return (text) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      webSocket.send(text);
    });
}
