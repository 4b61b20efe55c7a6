// birpc over a WebSocket, its messages as JSON.
import { createBirpc } from "birpc";
import { openWebSocket, serveWebSockets } from "./websocket.mjs";

/** Serves at the socket. */
export function serve(socket) {
  return serveWebSockets(socket, (webSocket) => createBirpc({ echo: (text) => text }, channel(webSocket)));
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const remote = createBirpc({}, channel(await openWebSocket(socket)));
  return (text) => remote.echo(text);
}

function channel(webSocket) {
  return {
    post: (text) => webSocket.send(text),
    on: (receive) => webSocket.on("message", (data) => receive(data.toString())),
    serialize: JSON.stringify,
    deserialize: JSON.parse,
  };
}
