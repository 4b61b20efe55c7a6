// One connection, whatever carries it: reads requests, answers what the gateway knows, and relays the rest to the main
// thread as the text it is.
import { randomBytes } from "node:crypto";
import { checkTime } from "../../shared/check-time.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { METHODS, type Request, type RequestId, type RunDescription } from "../../shared/messages.ts";
import {
  RUN_ID,
  errorMessage,
  parseRequest,
  requestMessage,
  resultMessage,
  responseMessage,
} from "../../shared/protocol.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { checkArgumentBudget } from "./argument-budget.ts";
import { cancelBusy } from "./cancel-busy.ts";
import type { ConsoleEvaluation } from "./console-evaluation.ts";
import { Consoles } from "./consoles.ts";
import { Expressions } from "./expressions.ts";
import type { BusyConsole, Gateway, OpenConnection } from "./gateway.ts";
import { QUICK_REQUEST_MS, STOP_GRACE_MS } from "./limits.ts";
import { Relay } from "./relay.ts";

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

/** One connection. */
export class Connection implements OpenConnection {
  readonly #peer: Peer;
  readonly #gateway: Gateway;
  readonly #isSpare: boolean;
  readonly #relay: Relay;
  readonly #consoles: Consoles;
  readonly #expressions: Expressions;
  readonly #inFlight = new Set<RequestId>();
  #ended = false;

  /** `isSpare`: it is in a place for probes and operators, and can begin nothing that takes its time. */
  constructor(peer: Peer, gateway: Gateway, isSpare = false) {
    this.#isSpare = isSpare;
    this.#peer = peer;
    this.#gateway = gateway;
    this.#relay = new Relay(gateway, {
      notify: (text, written) => peer.notify(text, written),
      respond: (id, text, written) => this.#respond(id, text, written),
      finished: () => gateway.connections.delete(this),
    });
    this.#consoles = new Consoles(this.#relay, gateway);
    this.#expressions = new Expressions(gateway.evaluations, {
      notify: (text, written) => peer.notify(text, written),
      respond: (id, text) => this.#respond(id, text),
    });
    gateway.connections.add(this);
  }

  /** The console of this connection that keeps the main thread busy, if one does. */
  get busyConsole(): BusyConsole | undefined {
    return this.#consoles.busy;
  }

  /** The runs that this connection has passed on and that have not ended. */
  get runs(): RunDescription[] {
    return this.#relay.runs;
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
    this.#expressions.end();
    this.#relay.end();
  }

  /** Resolves when every request has been answered by the main thread. */
  answered(): Promise<void> {
    return this.#relay.settled();
  }

  /** Ends its consoles, and resolves when every request has been answered by the main thread. */
  settled(): Promise<void> {
    this.#relay.endConsoles();
    return this.#relay.settled();
  }

  /** Answers what the main thread has not: the agent closes. */
  abandon(): void {
    this.#relay.abandon();
  }

  /** The console's evaluation that is this run, where it keeps the main thread busy. */
  busyEvaluation(run: string): ConsoleEvaluation | undefined {
    return this.#relay.busyEvaluation(run);
  }

  /** Takes the call of this run back if it has not started, and tells its caller. */
  withdrawRun(run: string): boolean {
    return this.#relay.withdrawRun(run);
  }

  /** @throws RpcError BAD_MESSAGE or LIMIT_EXCEEDED: the peer has broken the protocol. */
  #read(text: string): Request {
    const request = parseRequest(text, this.#gateway.limits);
    if (!this.#inFlight.has(request.id)) return request;
    throw new RpcError("BAD_MESSAGE", `Cannot read the message: id ${request.id} is in flight already`);
  }

  #begin(id: RequestId): void {
    if (this.#inFlight.size === 0) this.#peer.setBusy(true);
    this.#inFlight.add(id);
  }

  #answer(request: Request, text: string): void {
    try {
      if (this.#isSpare && isLong(request.method)) throw crowded();
      this.#dispatch(request, text);
    } catch (error) {
      this.#respond(request.id, errorMessage(request.id, toRpcError(error)));
    }
  }

  #dispatch(request: Request, text: string): void {
    const { inFlight } = this.#gateway.limits;
    if (this.#inFlight.size > inFlight)
      throw new RpcError("TOO_MANY", `Cannot take the request: ${inFlight} are in flight on this connection`);
    switch (request.method) {
      case "ping":
        checkTime(request.params.timeoutMs);
        return this.#answerLater(request.id, this.#gateway.ping(request.params));
      case "stack":
        return this.#answerLater(request.id, this.#gateway.stack());
      case "call":
        return this.#call(request, text);
      case "evaluate":
        return this.#evaluate(request);
      case "cancel":
        return this.#cancel(request, text);
      case "runs":
        return this.#runs(request, text);
      case "describe":
        return this.#describe(request, text);
      case "reload":
        return this.#reload(request, text);
      default:
        if (isConsoleMethod(request.method)) return this.#console(request, text);
        if (LIFECYCLE_METHODS.has(request.method)) return this.#lifecycle(request, text);
        throw new RpcError("NOT_SUPPORTED", `Cannot answer "${request.method}": this agent does not know the method`);
    }
  }

  #describe(request: Request, text: string): void {
    const { described } = this.#gateway.tasks;
    if (described === undefined) this.#relay.ask(request, text, quickLimit(request));
    else this.#respond(request.id, responseMessage(request.id, "result", described));
  }

  /** What the app does for it is its own, and may take its time. */
  #reload(request: Request, text: string): void {
    const { timeoutMs } = request.params;
    checkTime(timeoutMs);
    this.#relay.reload(request, text, Math.min(timeoutMs ?? QUICK_REQUEST_MS, MAX_DURATION_MS));
  }

  #runs(request: Request, text: string): void {
    const { evaluations } = this.#gateway;
    const stalled = this.#gateway.runsWhileStalled();
    if (stalled) this.#respond(request.id, resultMessage(request.id, stalled));
    else if (evaluations.size > 0) this.#answerLater(request.id, evaluations.describeRuns());
    else this.#relay.ask(request, text, quickLimit(request));
  }

  #lifecycle(request: Request, text: string): void {
    const { lease, forMs, graceMs } = request.params;
    if (lease !== undefined && !isRunId(lease))
      throw badParams(request.method, '"lease" must be 1 to 64 of A-Z a-z 0-9 _ -');
    checkTime(forMs);
    checkTime(graceMs);
    // Those that take no notice of their signal are waited for as long again.
    const patienceMs = request.method === "end" ? 2 * (graceMs ?? QUICK_REQUEST_MS) : 0;
    this.#relay.ask(request, text, Math.min(QUICK_REQUEST_MS + patienceMs, MAX_DURATION_MS));
  }

  #call(request: Request, text: string): void {
    if (this.#gateway.closing)
      throw new RpcError("CLOSING", "Cannot start a run: the app is stopping", { state: "not-started" });
    const { task, timeoutMs, run: chosen, lossless } = request.params;
    if (typeof task !== "string") throw badParams("call", '"task" must be a string');
    if (chosen !== undefined && !isRunId(chosen)) throw badParams("call", '"run" must be 1 to 64 of A-Z a-z 0-9 _ -');
    checkLossless("call", lossless);
    checkTime(timeoutMs);
    this.#gateway.tasks.check(task);
    checkArgumentBudget(task, request.params);
    const run = chosen ?? randomBytes(8).toString("hex");
    this.#relay.call(request, { task, run, timeoutMs, text: chosen === undefined ? withRun(request, run) : text });
  }

  #evaluate({ id, params }: Request): void {
    if (this.#gateway.closing)
      throw new RpcError("CLOSING", "Cannot evaluate: the app is stopping", { state: "not-started" });
    const { code, timeoutMs, run = randomBytes(8).toString("hex"), session, lossless } = params;
    if (typeof code !== "string") throw badParams("evaluate", '"code" must be a string');
    if (!isRunId(run)) throw badParams("evaluate", '"run" must be 1 to 64 of A-Z a-z 0-9 _ -');
    if (session !== undefined && !isRunId(session))
      throw badParams("evaluate", '"session" must be 1 to 64 of A-Z a-z 0-9 _ -');
    checkLossless("evaluate", lossless);
    checkTime(timeoutMs);
    const isWhole = session === undefined;
    this.#expressions.evaluate({ id, code, run, timeoutMs, lossless, isWhole }, session);
  }

  #cancel(request: Request, text: string): void {
    const { run, waitMs = QUICK_REQUEST_MS } = request.params;
    if (!isRunId(run)) throw badParams("cancel", '"run" must be the id of a run');
    checkTime(waitMs);
    const evaluation = this.#gateway.evaluations.find(run);
    if (evaluation) return this.#answerLater(request.id, evaluation.cancel(waitMs ?? QUICK_REQUEST_MS));
    if (this.#gateway.withdrawRun(run)) {
      return this.#respond(request.id, resultMessage(request.id, { run, state: "not-started" }));
    }
    const limits = { run, waitMs: Math.min(waitMs ?? 0, MAX_DURATION_MS - STOP_GRACE_MS) };
    const busy = this.#gateway.busyEvaluation(run);
    // The main thread hears of no cancel before that evaluation lets it go.
    if (busy) this.#answerLater(request.id, cancelBusy(this.#gateway, busy, limits));
    else this.#relay.cancel(request, text, limits);
  }

  #console(request: Request, text: string): void {
    const answer = this.#consoles.dispatch(request, text);
    if (answer) this.#answerLater(request.id, answer);
  }

  #answerLater(id: RequestId, answer: Promise<object>): void {
    answer.then(
      (result) => this.#respond(id, resultMessage(id, result)),
      (error: unknown) => this.#respond(id, errorMessage(id, toRpcError(error))),
    );
  }

  #respond(id: RequestId, text: string, written?: () => void): void {
    this.#inFlight.delete(id);
    if (this.#ended) return written?.();
    this.#peer.respond(text, written);
    if (this.#inFlight.size === 0) this.#peer.setBusy(false);
  }

  #reject(error: RpcError): void {
    this.end();
    this.#peer.reject(errorMessage(null, error), error.message);
  }
}

/** By these the app is taken out of its traffic, and put back. */
const LIFECYCLE_METHODS = new Set(["drain", "ready", "end"]);

function withRun(request: Request, run: string): string {
  return requestMessage(request.id, "call", { ...request.params, run });
}

/** What may take its time; the rest is for probes and operators. */
function isLong(method: string): boolean {
  return method === "call" || method === "evaluate" || isConsoleMethod(method);
}

/** All places are taken, but for those that are kept. */
export function crowded(): RpcError {
  const sentence = "Cannot take the request: as many connections are open as the agent takes, and all are busy";
  return new RpcError("TOO_MANY", sentence, { state: "not-started" });
}

function isConsoleMethod(method: string): boolean {
  return method.startsWith("console.") && METHODS.some((known) => known === method);
}

function isRunId(value: unknown): value is string {
  return typeof value === "string" && RUN_ID.test(value);
}

function checkLossless(method: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") throw badParams(method, '"lossless" must be true or false');
}

/** How long the caller waits for an answer that should come at once. */
function quickLimit({ params: { timeoutMs } }: Request): number {
  checkTime(timeoutMs);
  return Math.min(timeoutMs ?? QUICK_REQUEST_MS, QUICK_REQUEST_MS);
}

function badParams(method: string, reason: string): RpcError {
  return new RpcError("BAD_ARGUMENTS", `Cannot read the parameters of "${method}": ${reason}`);
}
