// Serves `POST /rpc`: one request in the body, and a stream of lines as the response: notifications, then exactly one
// answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { RpcError } from "../../shared/errors.ts";
import type { Admission } from "./admission/admission.ts";
import { LARGE_ANSWER_CHARS } from "../border/channel.ts";
import { Connection, type Peer } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import { GOODBYE_MS } from "./admission/limits.ts";
import { refuse } from "./refuse.ts";

/** Serves one call. If the caller disconnects, the run continues. */
export function serveCall(request: IncomingMessage, response: ServerResponse, gateway: Gateway): void {
  const { halfSent, limits, places } = gateway.admission;
  const { messageBytes } = limits;
  const isSpare = places.isSpare(request.socket);
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    if (bytes > messageBytes) return;
    bytes += chunk.length;
    halfSent.add(request.socket, chunk.length);
    if (bytes > messageBytes) refuseTooLarge(request, response, messageBytes);
    else chunks.push(chunk);
  });
  request.on("end", () => {
    halfSent.end(request.socket);
    if (bytes > messageBytes) return;
    const connection = new Connection(new HttpPeer(response, gateway.admission), gateway, { isSpare, requests: 1 });
    response.on("close", () => connection.end());
    connection.receive(Buffer.concat(chunks).toString());
  });
  request.on("error", () => {}); // the caller disconnected before its request was complete: nothing has begun
}

/** The response to one `POST /rpc`, as the other end of a connection. */
class HttpPeer implements Peer {
  readonly #response: ServerResponse;
  readonly #admission: Admission;

  constructor(response: ServerResponse, admission: Admission) {
    this.#response = response;
    this.#admission = admission;
  }

  get socket(): Duplex {
    return this.#response.req.socket;
  }

  notify(text: string, written: () => void): void {
    this.#begin();
    this.#response.write(`${text}\n`, written);
  }

  respond(text: string, written?: () => void): void {
    this.#begin();
    const release = this.#isHeldUp(text)
      ? this.#admission.unread.hold(this.#response.req.socket, text.length)
      : undefined;
    if (release ?? written)
      this.#response.once("close", () => {
        release?.();
        written?.();
      });
    // Node closes a connection that times out, unless there is a listener.
    if (release) this.#response.on("timeout", () => {});
    this.#response.end(`${text}\n`);
  }

  reject(text: string): void {
    this.#response.writeHead(400, { "content-type": "application/json" }).end(`${text}\n`);
  }

  setBusy(): void {
    // The server already marks a connection as busy from its request to its response.
  }

  /**
   * True for a large answer, or for one that waits behind others: a pipelining caller can ask for hundreds of small
   * ones.
   */
  #isHeldUp({ length }: string): boolean {
    const { socket } = this.#response;
    return length >= LARGE_ANSWER_CHARS || socket === null || socket.writableLength > 0;
  }

  #begin(): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, { "content-type": "application/x-ndjson" });
  }
}

/**
 * The rest of the request is read and dropped for a while: if the connection were closed at once, the answer would be
 * lost.
 */
function refuseTooLarge(request: IncomingMessage, response: ServerResponse, limit: number): void {
  const sentence = `Cannot read the message: it is larger than ${limit} bytes`;
  refuse(response, 413, new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" }));
  const goodbye = setTimeout(() => request.destroy(), GOODBYE_MS);
  request.socket.once("close", () => clearTimeout(goodbye));
}
