// Who is refused at the door, and how: what a page in a browser could send never reaches the protocol.
import type { IncomingMessage, ServerResponse } from "node:http";
import { RpcError } from "../../shared/errors.ts";
import { errorMessage } from "../../shared/protocol.ts";

/** Names by which a caller on this machine may call the server in `Host`. */
const HOSTS = new Set(["", "localhost", "127.0.0.1", "[::1]", "remsh"]);

/**
 * Refuses what a page in a browser could send: anything with an `Origin`, or a `Host` that is not this machine's.
 *
 * @throws RpcError DENIED
 */
export function checkCaller({ headers }: IncomingMessage): void {
  if (headers.origin !== undefined)
    throw new RpcError("DENIED", `Cannot serve a page: the request's Origin is "${headers.origin}"`);
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!HOSTS.has(host)) throw new RpcError("DENIED", `Cannot serve the host "${host}": this is not its name`);
}

/** Answers with an error as JSON. */
export function refuse(response: ServerResponse, status: number, error: RpcError): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${errorMessage(null, error)}\n`);
}
