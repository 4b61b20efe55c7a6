// Opens an attacker's connections to the agent: WebSockets and bare connections, opened again when the agent ends them.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";

/** A connection that is refused or ended is opened again after this time, as an attacker would do. */
const RETRY_MS = 20;

/**
 * Opens this many WebSockets and keeps them open; `use` is called with each open one. `reads`: whether received data is
 * read.
 */
export async function webSockets(path, { count, reads = true }, use) {
  for (let index = 0; index < count; index++)
    void keepOpen(() => webSocket(path, reads, (socket) => use(socket, index)));
}

/** The same with bare connections. */
export async function bareConnections(path, { count }, use) {
  for (let index = 0; index < count; index++) void keepOpen(() => bare(path, (socket) => use(socket, index)));
}

/** Calls `send` repeatedly: every `paceMs` or, with 0, as fast as the connection accepts data. */
export async function repeatedly(socket, send, paceMs = 0) {
  while (isOpen(socket)) {
    send();
    if (paceMs > 0) await sleep(paceMs);
    else await drained(socket);
  }
}

async function keepOpen(open) {
  for (;;) {
    await open();
    await sleep(RETRY_MS);
  }
}

function webSocket(path, reads, use) {
  return new Promise((resolve) => {
    const socket = new WebSocket("ws://localhost/", ["remsh.v1"], { createConnection: () => connect(path) });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", resolve);
    socket.on("open", () => {
      if (!reads) socket.pause();
      use(socket);
    });
  });
}

function bare(path, use) {
  return new Promise((resolve) => {
    const socket = connect(path, () => use(socket));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", resolve);
    socket.resume();
  });
}

function isOpen(socket) {
  return socket instanceof WebSocket ? socket.readyState === WebSocket.OPEN : socket.writable;
}

/** Resolves when all sent data is on its way. */
async function drained(socket) {
  const stream = socket instanceof WebSocket ? socket._socket : socket;
  do await sleep(1);
  while (stream.writableLength > 256 * 1024);
}
