// Cap'n Web over a WebSocket.
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import WebSocket from "ws";
import { openWebSocket, serveWebSockets } from "./websocket.mjs";

globalThis.WebSocket ??= WebSocket; // capnweb reads the class's constants, and Node 20 has no such class

class Echo extends RpcTarget {
  echo(text) {
    return text;
  }
}

/** Serves at the socket. */
export function serve(socket) {
  return serveWebSockets(socket, (webSocket) => newWebSocketRpcSession(webSocket, new Echo()));
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const remote = newWebSocketRpcSession(await openWebSocket(socket));
  return (text) => remote.echo(text);
}
