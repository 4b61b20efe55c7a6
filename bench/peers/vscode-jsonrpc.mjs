// vscode-jsonrpc over the Unix socket itself.
import { once } from "node:events";
import { connect as connectSocket, createServer } from "node:net";
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from "vscode-jsonrpc/node";

/** Serves at the socket. */
export async function serve(socket) {
  const server = createServer((stream) => {
    const connection = open(stream);
    connection.onRequest("echo", (text) => text);
    connection.listen();
  });
  await once(server.listen(socket), "listening");
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const stream = connectSocket(socket);
  await once(stream, "connect");
  const connection = open(stream);
  connection.listen();
  return (text) => connection.sendRequest("echo", text);
}

function open(stream) {
  return createMessageConnection(new SocketMessageReader(stream), new SocketMessageWriter(stream));
}
