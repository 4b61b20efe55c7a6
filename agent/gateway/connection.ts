// One connection, whatever carries it: reads requests, and gives each its one answer.
import { answerMessage, errorAnswer, type Answer } from "../../shared/answer.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Limits, Request, RequestId } from "../../shared/messages.ts";
import { errorMessage, notificationMessage, parseRequest } from "../../shared/protocol.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { Caller } from "./caller.ts";
import type { Gateway } from "./gateway.ts";
import { handlerOf, isLong } from "./request-handlers.ts";

/** The other end, as a connection sees it: a WebSocket, or the response to one `POST /rpc`. */
export interface Peer {
  /** Sends a notification; `written` is called when the text has left this process, or never will. */
  notify(text: string, written: () => void): void;
  respond(text: string, written?: () => void): void;
  /** Answers a peer that broke the protocol, and ends the connection. */
  reject(text: string, reason: string): void;
  /** Whether requests of this peer are in flight: one without may have to make room for another. */
  setBusy(busy: boolean): void;
}

/** What is known of a connection before it says anything. */
export interface ConnectionOptions {
  /** It is in a place for probes and operators, and can begin nothing that takes its time. Default: false. */
  isSpare?: boolean;
  /** How many requests it can send. Default: as many as it likes, and `limits.inFlight` at once. */
  requests?: number;
}

/** One connection. */
export class Connection {
  readonly #peer: Peer;
  readonly #limits: Limits;
  readonly #isSpare: boolean;
  readonly #caller: Caller;
  readonly #inFlight = new Set<RequestId>();
  #ended = false;

  constructor(peer: Peer, gateway: Gateway, { isSpare = false, requests }: ConnectionOptions = {}) {
    this.#peer = peer;
    this.#limits = gateway.admission.limits;
    this.#isSpare = isSpare;
    this.#caller = new Caller(gateway, {
      requests: requests ?? this.#limits.inFlight,
      notify: ({ method, params }, written) => peer.notify(notificationMessage(method, params), written),
    });
  }

  /** Takes one message of the peer. */
  receive(text: string): void {
    if (this.#ended) return; // it broke the protocol and still talks
    try {
      const request = this.#read(text);
      this.#begin(request.id);
      this.#answer(request, text);
    } catch (error) {
      this.#reject(toRpcError(error));
    }
  }

  /** The peer is gone. Its runs go on; nobody listens any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#caller.end();
  }

  /** @throws RpcError BAD_MESSAGE or LIMIT_EXCEEDED: the peer has broken the protocol. */
  #read(text: string): Request {
    const request = parseRequest(text, this.#limits);
    if (!this.#inFlight.has(request.id)) return request;
    throw new RpcError("BAD_MESSAGE", `Cannot read the message: id ${request.id} is in flight already`);
  }

  #begin(id: RequestId): void {
    if (this.#inFlight.size === 0) this.#peer.setBusy(true);
    this.#inFlight.add(id);
  }

  #answer(request: Request, text: string): void {
    const respond = (answer: Answer, written?: () => void) => this.#respond(request.id, answer, written);
    try {
      this.#checkRoom(request);
      handlerOf(request.method)(this.#caller, { request, text, respond });
    } catch (error) {
      respond(errorAnswer(toRpcError(error)));
    }
  }

  /** @throws RpcError TOO_MANY */
  #checkRoom({ method }: Request): void {
    if (this.#isSpare && isLong(method)) throw crowded();
    const { inFlight } = this.#limits;
    if (this.#inFlight.size > inFlight)
      throw new RpcError("TOO_MANY", `Cannot take the request: ${inFlight} are in flight on this connection`);
  }

  #respond(id: RequestId, answer: Answer, written?: () => void): void {
    this.#inFlight.delete(id);
    if (this.#ended) return written?.();
    this.#peer.respond(answerMessage(id, answer), written);
    if (this.#inFlight.size === 0) this.#peer.setBusy(false);
  }

  #reject(error: RpcError): void {
    this.end();
    this.#peer.reject(errorMessage(null, error), error.message);
  }
}

/** All places are taken, but for those that are kept. */
export function crowded(): RpcError {
  const sentence = "Cannot take the request: as many connections are open as the agent takes, and all are busy";
  return new RpcError("TOO_MANY", sentence, { state: "not-started" });
}
