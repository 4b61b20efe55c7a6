// Refuses callers before the protocol begins: nothing that a page in a browser could send gets through.
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { RpcError } from "../../shared/errors.ts";
import { errorMessage } from "../../shared/messages/protocol.ts";
import { GOODBYE_MS } from "./admission/limits.ts";

/** The names of this server that a local caller may send in `Host`. */
const HOSTS = new Set(["", "localhost", "127.0.0.1", "[::1]", "remsh"]);

/** The HTTP status for an error of Node's parser; 400 for all others. */
const PARSER_STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Refuses what a page in a browser could send: anything with an `Origin`, or a `Host` that is not this machine's.
 *
 * @throws RpcError DENIED
 */
export function checkCaller({ headers, headersDistinct }: IncomingMessage): void {
  // Node uses the first one, but a proxy in front may have checked another.
  if ((headersDistinct.host?.length ?? 0) > 1)
    throw new RpcError("DENIED", "Cannot serve a request with more than one Host");
  if (headers.origin !== undefined)
    throw new RpcError("DENIED", `Cannot serve a page: the request's Origin is "${headers.origin}"`);
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!HOSTS.has(host)) throw new RpcError("DENIED", `Cannot serve the host "${host}": this is not its name`);
}

/** Answers with an error as JSON. */
export function refuse(response: ServerResponse, status: number, error: RpcError): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${errorMessage(null, error)}\n`);
}

/** Answers a connection without a response object, and ends it. */
export function refuseSocket(socket: Duplex, status: number, error: RpcError): void {
  const body = `${errorMessage(null, error)}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  if (!socket.writable) return void socket.destroy();
  // A peer that does not read or does not disconnect must not keep its place.
  const limit = setTimeout(() => socket.destroy(), GOODBYE_MS);
  socket.once("close", () => clearTimeout(limit));
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/** Answers data that is not an HTTP request, or that came too late. */
export function refuseGarbage(error: Error, socket: Duplex): void {
  const code = "code" in error ? String(error.code) : "";
  refuseSocket(
    socket,
    PARSER_STATUS[code] ?? 400,
    new RpcError("BAD_MESSAGE", `Cannot read the request: ${error.message}`),
  );
}
