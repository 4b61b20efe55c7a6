// One WebSocket to an agent: requests out, answers matched by id, notifications handed to the run they belong to.
import { connect } from "node:net";
import WebSocket from "ws";
import { RpcError } from "../shared/errors.ts";
import {
  SUBPROTOCOL,
  requestMessage,
  type AgentMessage,
  type Method,
  type RunOutput,
  type RunProgress,
} from "../shared/protocol.ts";
import { parseMessage, toError } from "./answers.ts";
import { connectionFailure, type Address } from "./discover.ts";

/** How long the agent may take to accept the connection. */
const OPEN_LIMIT_MS = 10_000;

/** Who hears of a run while it is in flight. */
export interface RunListener {
  onOutput?: ((output: RunOutput) => void) | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** Whether a request that was lost had been sent: then it may have been executed. */
export type LostState = "not-started" | "unknown";

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  /** The error to give when the connection ends first. */
  lost: (state: LostState) => RpcError;
}

/** What {@link Connection.request} sends. */
export interface OutgoingRequest {
  method: Method;
  params: object;
  lost: (state: LostState) => RpcError;
}

/** An open connection. */
export class Connection {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, RunListener>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(textOf(data)));
    socket.on("error", () => {}); // "close" follows, and tells all who wait
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#loseAll();
        resolve();
      });
    });
  }

  /** @throws RpcError when nobody can be reached, or what answers is not an agent that speaks this protocol. */
  static open(address: Address): Promise<Connection> {
    const socket = new WebSocket("ws://localhost/", [SUBPROTOCOL], {
      createConnection: () => connect(address.socket),
      perMessageDeflate: false,
      handshakeTimeout: OPEN_LIMIT_MS,
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(new Connection(socket)));
      socket.once("error", (error) => reject(connectionFailure(error, address)));
      socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += String(chunk)));
        response.on("end", () => {
          socket.terminate();
          reject(refusal(body, address));
        });
      });
    });
  }

  /** Sends a request; resolves to its result. */
  request<Result>({ method, params, lost }: OutgoingRequest): Promise<Result> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(lost("not-started"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      // The protocol says which result each method has; what an agent sends is trusted to be that.
      this.#waiting.set(id, { resolve: (result) => resolve(result as Result), reject, lost });
      this.#socket.send(requestMessage(id, method, params));
    });
  }

  /** Hands a run's notifications to the listener until the returned function is called. */
  listen(run: string, listener: RunListener): () => void {
    this.#listeners.set(run, listener);
    return () => this.#listeners.delete(run);
  }

  close(): void {
    this.#socket.close();
  }

  #receive(text: string): void {
    const message = parseMessage(text);
    if (message?.method !== undefined) return this.#notify(message);
    if (typeof message?.id !== "number") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(toError(message.error));
    else waiting?.resolve(message.result);
  }

  #notify({ method, params }: AgentMessage): void {
    // By the protocol: `run.output` carries a RunOutput, `run.progress` a RunProgress.
    if (method === "run.output") this.#listeners.get((params as RunOutput).run)?.onOutput?.(params as RunOutput);
    if (method === "run.progress")
      this.#listeners.get((params as RunProgress).run)?.onProgress?.(params as RunProgress);
  }

  #loseAll(): void {
    for (const { reject, lost } of this.#waiting.values()) reject(lost("unknown"));
    this.#waiting.clear();
  }
}

function textOf(data: WebSocket.RawData): string {
  // Text arrives as one Buffer: ws's default binaryType.
  return (data as Buffer).toString();
}

function refusal(body: string, { socket, label }: Address): RpcError {
  const error = parseMessage(body)?.error;
  const known = error && toError(error);
  if (known instanceof RpcError) return known;
  return new RpcError("NOT_REMSH", `Cannot reach ${label}: what listens at "${socket}" is not a remsh agent`);
}
