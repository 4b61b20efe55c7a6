// One connection, whatever carries it: reads requests, and gives each its one answer.
import type { Duplex } from "node:stream";
import { answerMessage, errorAnswer, type Answer } from "../../shared/messages/answer.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Limits, Request, RequestId } from "../../shared/messages/messages.ts";
import { errorMessage, notificationMessage, parseRequest } from "../../shared/messages/protocol.ts";
import { checkRequest } from "../../shared/messages/readers.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import type { Admission } from "./admission/admission.ts";
import { Caller } from "./caller.ts";
import type { Gateway } from "./gateway.ts";
import { hasMoreValues } from "./admission/json-width.ts";
import { PLAIN_REQUEST_CHARS } from "./admission/limits.ts";
import { handleRequest } from "./request-handlers.ts";

/** The other end, as a connection sees it: a WebSocket, or the response to one `POST /rpc`. */
export interface Peer {
  /** What it is connected by. */
  readonly socket: Duplex;
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
  /** It is in a spare place, for probes and operators, and can begin nothing that may take long. Default: false. */
  isSpare?: boolean;
  /** How many requests it can send. Default: as many as it likes, and `limits.inFlight` at once. */
  requests?: number;
}

/** One connection. */
export class Connection {
  readonly #peer: Peer;
  readonly #limits: Limits;
  readonly #admission: Admission;
  readonly #isSpare: boolean;
  readonly #caller: Caller;
  readonly #inFlight = new Set<RequestId>();
  #ended = false;

  constructor(peer: Peer, gateway: Gateway, { isSpare = false, requests }: ConnectionOptions = {}) {
    this.#peer = peer;
    this.#admission = gateway.admission;
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
      if (hasMoreValues(text, this.#limits.values)) return this.#refuseWide(text);
      const request = this.#read(text);
      this.#begin(request.id);
      this.#answer(request, text);
    } catch (error) {
      this.#reject(toRpcError(error));
    }
  }

  /** The peer is gone. Its runs continue, and their output is dropped. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#caller.end();
  }

  /** A request that is too wide is not even parsed: its id, where it begins as ours do, is all that is read of it. */
  #refuseWide(text: string): void {
    const sentence = `Cannot read the message: it holds more than ${this.#limits.values.toLocaleString("en")} values`;
    const error = new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
    const [, id] = REQUEST_HEAD.exec(text.slice(0, 200)) ?? [];
    if (id === undefined || this.#inFlight.has(Number(id))) throw error;
    this.#peer.respond(errorMessage(Number(id), error));
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
      this.#admit(request, text);
      handleRequest(this.#caller, { request: checkRequest(request), text, respond });
    } catch (error) {
      respond(errorAnswer(toRpcError(error)));
    }
  }

  /** @throws RpcError TOO_MANY or LIMIT_EXCEEDED */
  #admit({ method }: Request, text: string): void {
    if (this.#isSpare && isLong(method)) throw crowded();
    const { inFlight } = this.#limits;
    if (this.#inFlight.size > inFlight)
      throw new RpcError("TOO_MANY", `Cannot take the request: ${inFlight} are in flight on this connection`);
    if (!FOR_OPERATORS.has(method)) this.#admission.rates.count(this.#peer.socket);
    if (!isLong(method)) checkSize(method, text);
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

/** How requests begin that our own clients write. */
const REQUEST_HEAD = /^\{"jsonrpc":"2\.0","id":(\d{1,15}),/;

/** The main thread reads the request again. @throws RpcError LIMIT_EXCEEDED */
function checkSize(method: string, { length }: string): void {
  if (length <= PLAIN_REQUEST_CHARS) return;
  const sentence = `Cannot answer "${method.slice(0, 200)}": the request is larger than ${PLAIN_REQUEST_CHARS} characters`;
  throw new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}

/** What an operator must be able to ask whatever others do, and what costs the app next to nothing: it counts for no rate. */
const FOR_OPERATORS = new Set(["ping", "stack", "cancel", "drain", "ready", "end"]);

/** What may take its time; the rest is for probes and operators. */
function isLong(method: string): boolean {
  return method === "call" || method === "evaluate" || method.startsWith("console.");
}

/** All places are taken, except the spare ones. */
export function crowded(): RpcError {
  const sentence = "Cannot take the request: as many connections are open as the agent takes, and all are busy";
  return new RpcError("TOO_MANY", sentence, { state: "not-started" });
}
