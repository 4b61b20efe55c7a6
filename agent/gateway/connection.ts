// Handles one connection on any transport: reads requests, and gives each its one answer.
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
import { tooManyInFlight } from "./admission/too-many-in-flight.ts";
import { handleRequest } from "./request-handlers.ts";

/** The other end of a connection: a WebSocket, or the response to one `POST /rpc`. */
export interface Peer {
  /** The socket that it is connected by. */
  readonly socket: Duplex;
  /** Sends a notification; `written` is called when the text has left this process, or never will. */
  notify(text: string, written: () => void): void;
  respond(text: string, written?: () => void): void;
  /** Answers a peer that violated the protocol, and ends the connection. */
  reject(text: string, reason: string): void;
  /** Records whether requests of this peer are in flight. A peer without any may be disconnected to make room. */
  setBusy(busy: boolean): void;
}

/** What is known of a connection before its first message. */
export interface ConnectionOptions {
  /**
   * True in a spare place, for probes and operators. Such a connection cannot begin anything that may take long.
   * Default: false.
   */
  isSpare?: boolean;
  /** How many requests it can send. Default: any number, with at most `limits.inFlight` at the same time. */
  requests?: number;
}

/**
 * The beginning of a request whose `id` comes before its `params`, with any blanks: a whole number, or a string without
 * escapes.
 */
const REQUEST_HEAD =
  /^\s*\{(?:\s*"(?:jsonrpc|method)"\s*:\s*"[\w.]*"\s*,)*\s*"id"\s*:\s*(?:(-?\d{1,15})|"([^"\\\p{Cc}]{0,128})")\s*[,}]/u;

/** The beginning of a message is looked for in this many characters. */
const HEAD_CHARS = 400;

/**
 * Requests that operators must always be able to send. They cost the app next to nothing, so they count for no rate.
 */
const FOR_OPERATORS = new Set([
  "ping",
  "stack",
  "cancel",
  "runs",
  "drain",
  "ready",
  "end",
  "console.interrupt",
  "console.close",
]);

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

  /** Handles one message of the peer. */
  receive(text: string): void {
    if (this.#ended) return; // the peer violated the protocol and still sends
    try {
      if (hasMoreValues(text, this.#limits.values)) return this.#refuseWide(text);
      const request = this.#read(text);
      this.#begin(request.id);
      this.#answer(request, text);
    } catch (error) {
      this.#reject(toRpcError(error));
    }
  }

  /** Called when the peer is gone. Its runs continue, and their output is dropped. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#caller.end();
  }

  /**
   * Refuses a request with too many values without parsing it. Only its id is read, if it comes before the params.
   */
  #refuseWide(text: string): void {
    const sentence = `Cannot read the message: it holds more than ${this.#limits.values.toLocaleString("en")} values`;
    const error = new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
    const id = idOf(text);
    if (id === undefined || this.#inFlight.has(id)) throw error;
    this.#peer.respond(errorMessage(id, error));
  }

  /** @throws RpcError BAD_MESSAGE or LIMIT_EXCEEDED when the peer has violated the protocol. */
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
    if (this.#inFlight.size > inFlight) throw tooManyInFlight(inFlight);
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

/** The id of a request that is not parsed; undefined when its beginning does not hold one. */
function idOf(text: string): RequestId | undefined {
  const [, number, string] = REQUEST_HEAD.exec(text.slice(0, HEAD_CHARS)) ?? [];
  return number === undefined ? string : Number(number);
}

/** Checks the size, since the main thread parses the request again. @throws RpcError LIMIT_EXCEEDED */
function checkSize(method: string, { length }: string): void {
  if (length <= PLAIN_REQUEST_CHARS) return;
  const sentence = `Cannot answer "${method.slice(0, 200)}": the request is larger than ${PLAIN_REQUEST_CHARS} characters`;
  throw new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}

/** True for methods that may take long. The other methods are for probes and operators. */
function isLong(method: string): boolean {
  return method === "call" || method === "evaluate" || method.startsWith("console.");
}

/** The error when all places except the spare ones are taken. */
export function crowded(): RpcError {
  const sentence = "Cannot take the request: as many connections are open as the agent takes, and all are busy";
  return new RpcError("TOO_MANY", sentence, { state: "not-started" });
}
