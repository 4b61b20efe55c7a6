// One WebSocket to an agent: sends requests, matches answers by id, and passes notifications to the run they belong to.
import type { Socket } from "node:net";
import WebSocket from "ws";
import { MAX_DURATION_MS } from "../shared/duration.ts";
import { gatherWrites } from "../shared/gather-writes.ts";
import type { CheckedNotification, Method, Params, Result } from "../shared/messages/methods.ts";
import { requestMessage } from "../shared/messages/protocol.ts";
import type { ConsoleOutput } from "../shared/messages/console-messages.ts";
import type { RunOutput, RunProgress } from "../shared/messages/messages.ts";
import { readNotification, readResult } from "../shared/messages/readers.ts";
import { parseMessage, toError, type Received } from "./wire/answers.ts";
import type { CallPlaces } from "./call-places.ts";
import { CLOSE_LIMIT_MS, SILENT_AFTER_MS } from "./wire/limits.ts";
import { errorOf } from "./wire/task-failure.ts";

/** Receives what the agent sends about a run while it is in flight. */
export interface RunListener {
  onOutput?: ((output: RunOutput) => void) | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
  /** For a console instead of a run. */
  onConsoleOutput?: ((output: ConsoleOutput) => void) | undefined;
}

/** Whether a lost request had been sent. If so, it may have been executed. */
export type LostState = "not-started" | "unknown";

/** What {@link Connection.request} sends. */
export interface OutgoingRequest<M extends Method = Method> {
  method: M;
  params: Params<M>;
  /** Makes the error for a request whose connection ends before the answer. */
  lost: (state: LostState, cause?: Error) => Error;
  /** Called before a message is sent that is so large that the agent may end the connection because of it. */
  checkSize?: (bytes: number) => Promise<void>;
  /** If the answer has not arrived within this time, the request fails with the error. */
  limit?: { ms: number; error: () => Error } | undefined;
  /**
   * Called when the agent has answered, even after the limit, or can no longer answer: the request is then not in
   * flight.
   */
  settled?: () => void;
}

/** A request in flight. A request that was given up stays in flight until it is answered. */
interface Waiting extends Pick<OutgoingRequest, "lost" | "settled"> {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  sentAt: number;
}

/** Every agent accepts messages below this size. */
const LARGE_CHARS = 256 * 1024;

/** What makes a {@link Connection}. */
export interface ConnectionParts {
  socket: WebSocket;
  /** The stream below it. */
  stream: Socket;
  places: CallPlaces;
  /** The agent's name in error sentences. */
  label: string;
}

/** An open connection. */
export class Connection {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  /** Limits how many calls are in flight at once. */
  readonly places: CallPlaces;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #label: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, RunListener>();
  #lastId = 0;
  /** Why the connection ends, if known: one side has broken the protocol. */
  #complaint: Error | undefined;

  #heardAt = performance.now();
  /** When the oldest given-up request was sent, if nothing has arrived since. */
  #silentSince: number | undefined;

  /** Takes an open socket: see ./open.ts. */
  constructor({ socket, stream, places, label }: ConnectionParts) {
    this.#label = label;
    this.#socket = socket;
    this.#stream = stream;
    this.places = places;
    // Text arrives as one Buffer: that is ws's default binaryType.
    socket.on("message", (data: Buffer) => this.#receive(data.toString()));
    socket.on("pong", () => this.#heard());
    socket.on("error", (error) => (this.#complaint ??= error)); // "close" follows, and fails all requests that wait
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#loseAll();
        resolve();
      });
    });
  }

  /** How long the agent has owed an answer without sending anything, in milliseconds; undefined if that is not long. */
  get silentMs(): number | undefined {
    if (this.#silentSince === undefined) return undefined;
    const ms = performance.now() - this.#silentSince;
    return ms < SILENT_AFTER_MS ? undefined : ms;
  }

  /**
   * Sends a request; resolves to its result.
   *
   * @throws RpcError BAD_MESSAGE when the answer does not fit the method; any error that says why there is no result.
   */
  async request<M extends Method>(request: OutgoingRequest<M>): Promise<Result<M>> {
    const id = ++this.#lastId;
    try {
      const text = requestMessage(id, request.method, request.params);
      if (text.length > LARGE_CHARS) await request.checkSize?.(Buffer.byteLength(text));
      if (this.#socket.readyState !== WebSocket.OPEN) throw request.lost("not-started");
      gatherWrites(this.#stream);
      this.#socket.send(text);
    } catch (error) {
      request.settled?.();
      throw error;
    }
    return readResult(request.method, await this.#answerTo(id, request), this.#label);
  }

  /** Passes a run's or a console's notifications to the listener until the returned function is called. */
  listen(run: string, listener: RunListener): () => void {
    this.#listeners.set(run, listener);
    return () => this.#listeners.delete(run);
  }

  /** Ends the connection. All requests that wait for an answer fail at once. */
  close(limitMs = CLOSE_LIMIT_MS): void {
    const limit = setTimeout(() => this.#socket.terminate(), limitMs);
    void this.ended.then(() => clearTimeout(limit));
    this.#socket.close();
    this.#loseAll();
  }

  #answerTo(id: number, { lost, limit, settled }: OutgoingRequest): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, lost, sentAt: performance.now() };
      this.#waiting.set(id, settled ? { ...waiting, settled } : waiting);
    });
    if (!limit) return answer;
    let giveUp: NodeJS.Immediate | undefined;
    // If this process itself was held up, the limit and an answer that came in time are both due. One more turn lets
    // the answer win.
    const lastLook = () => (giveUp = setImmediate(() => this.#giveUp(id, limit.error())));
    const timer = setTimeout(lastLook, Math.min(limit.ms, MAX_DURATION_MS));
    return answer.finally(() => {
      clearTimeout(timer);
      clearImmediate(giveUp);
    });
  }

  /** Removes the answered request, found by its id. A request is answered only once. */
  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.settled?.();
    return waiting;
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#silentSince = undefined;
  }

  #receive(text: string): void {
    this.#heard();
    const message = parseMessage(text);
    if (message === undefined) return; // neither a notification nor a response
    if (message.method === undefined) this.#take(message);
    else this.#notify(message.method, message.params);
  }

  #take({ id, result, error }: Received): void {
    if (error && id === null) this.#complaint = toError(error);
    if (typeof id !== "number") return;
    const waiting = this.#settle(id);
    if (error) void errorOf(error).then(waiting?.reject, waiting?.reject);
    else waiting?.resolve(result);
  }

  #notify(method: string, params: unknown): void {
    let notification: CheckedNotification | undefined;
    try {
      notification = readNotification(method, params, this.#label);
    } catch (error) {
      return this.#refuse(error instanceof Error ? error : new Error(String(error)));
    }
    if (notification) this.#tell(notification);
  }

  #tell({ method, params }: CheckedNotification): void {
    const listener = this.#listeners.get("run" in params ? params.run : params.console);
    if (method === "run.output") listener?.onOutput?.(params);
    if (method === "run.progress") listener?.onProgress?.(params);
    if (method === "console.output") listener?.onConsoleOutput?.(params);
  }

  /** The agent has broken the protocol, so nothing else that it sends can be trusted. */
  #refuse(complaint: Error): void {
    this.#complaint ??= complaint;
    this.close();
  }

  #giveUp(id: number, error: Error): void {
    const waiting = this.#waiting.get(id);
    waiting?.reject(error);
    if (!waiting || this.#heardAt > waiting.sentAt) return;
    this.#silentSince ??= waiting.sentAt;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping(); // the pong shows that the agent is back
  }

  #loseAll(): void {
    for (const { reject, lost, settled } of this.#waiting.values()) {
      settled?.();
      reject(lost("unknown", this.#complaint));
    }
    this.#waiting.clear();
  }
}
