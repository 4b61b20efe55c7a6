// `POST /rpc`: one request in the body, and a stream of lines back: notifications, then exactly one response.
import type { IncomingMessage, ServerResponse } from "node:http";
import { RpcError } from "../../shared/errors.ts";
import { Connection, type Peer } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import { GOODBYE_MS } from "./limits.ts";
import { refuse } from "./refuse.ts";

/** Serves one call. A caller that goes away leaves its run running. */
export function serveCall(request: IncomingMessage, response: ServerResponse, gateway: Gateway): void {
  const { messageBytes } = gateway.limits;
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    if (bytes > messageBytes) return;
    bytes += chunk.length;
    if (bytes > messageBytes) refuseTooLarge(request, response, messageBytes);
    else chunks.push(chunk);
  });
  request.on("end", () => {
    if (bytes > messageBytes) return;
    const connection = new Connection(new HttpPeer(response), gateway);
    response.on("close", () => connection.end());
    connection.receive(Buffer.concat(chunks).toString());
  });
  request.on("error", () => {}); // the caller went away before it had said what it wants: nothing has begun
}

/** The response to one `POST /rpc`, seen as the other end of a connection. */
class HttpPeer implements Peer {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  notify(text: string, written: () => void): void {
    this.#begin();
    this.#response.write(`${text}\n`, written);
  }

  respond(text: string): void {
    this.#begin();
    this.#response.end(`${text}\n`);
  }

  reject(text: string): void {
    this.#response.writeHead(400, { "content-type": "application/json" }).end(`${text}\n`);
  }

  setBusy(): void {
    // A connection is busy from its request to its response, whatever the request is: the server sees to that.
  }

  #begin(): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, { "content-type": "application/x-ndjson" });
  }
}

/** What the caller still sends is read and thrown away for a while: a connection cut at once would cut the answer off. */
function refuseTooLarge(request: IncomingMessage, response: ServerResponse, limit: number): void {
  const sentence = `Cannot read the message: it is larger than ${limit} bytes`;
  refuse(response, 413, new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" }));
  const goodbye = setTimeout(() => request.destroy(), GOODBYE_MS);
  request.socket.once("close", () => clearTimeout(goodbye));
}
