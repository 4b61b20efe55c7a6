// What the gateway thread knows of the app and answers without it: who it is, whether its event loop turns, where it is
// stuck; and its one line to the main thread for the little that must be asked.
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { errorAnswer, resultAnswer, type Answer } from "../../shared/answer.ts";
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import {
  SUBPROTOCOL,
  type Limits,
  type PingResult,
  type Readiness,
  type Request,
  type RunDescription,
  type RunsResult,
  type StackResult,
} from "../../shared/messages.ts";
import { defined } from "../../shared/protocol.ts";
import type { FromGateway, GatewayData, Identity, ToGateway } from "./channel.ts";
import type { ConsoleEvaluation } from "./console-evaluation.ts";
import { Evaluations, oldestFirst } from "./evaluations.ts";
import { noInspector } from "./inspector-access.ts";
import { STALLED_AFTER_MS } from "./limits.ts";
import { Places } from "./places.ts";
import { monotonicMs, Pulse } from "./pulse.ts";
import { HalfSent } from "./half-sent.ts";
import { KnownTasks } from "./known-tasks.ts";
import { openResidentMemory } from "./resident-memory.ts";
import { lookAtStack, type Look } from "./stack.ts";
import { UnreadAnswers } from "./unread-answers.ts";
import { stopExecution, type StopVerdict } from "./stop-execution.ts";

interface ReadyAnswer {
  ready: Readiness;
  reason?: string;
}

/** A console that keeps the main thread busy. */
export interface BusyConsole {
  who: string;
  executingMs: number;
}

/** What the gateway asks of a connection, whichever kind it is. */
export interface OpenConnection {
  /** The console of this connection that executes code now, if any. */
  readonly busyConsole: BusyConsole | undefined;
  /** The runs that this connection has passed on and that have not ended. */
  readonly runs: readonly RunDescription[];
  /** Takes the call of this run back if it has not started, and tells its caller. */
  withdrawRun(run: string): boolean;
  /** The console's evaluation that is this run, where it keeps the main thread busy. */
  busyEvaluation(run: string): ConsoleEvaluation | undefined;
  /** Resolves when nothing of it waits for the main thread. */
  answered(): Promise<void>;
  /** The same, with its consoles ended. */
  settled(): Promise<void>;
  /** The agent closes: callers whose tasks took no notice of it are told so. */
  abandon(): void;
}

/** How often the gateway looks whether the last expression has ended, when the app is about to end. */
const ANSWERED_LOOK_MS = 10;

/** The gateway's own knowledge, shared by all connections. */
export class Gateway {
  readonly data: GatewayData;
  readonly limits: Limits;
  readonly places: Places;
  readonly connections = new Set<OpenConnection>();
  readonly evaluations: Evaluations;
  readonly tasks = new KnownTasks();
  readonly unread = new UnreadAnswers();
  readonly halfSent = new HalfSent();
  /** True once the agent is closing: new calls are refused. */
  closing = false;
  /** Characters of requests that wait for the main thread or run, on all connections. */
  waitingChars = 0;
  readonly #identity: Identity;
  readonly #pulse: Pulse;
  readonly #mayInspect: boolean;
  readonly #main: MessagePort;
  readonly #residentBytes = openResidentMemory();
  readonly #questions = new Map<number, (answer: ReadyAnswer) => void>();
  #lastQuestion = 0;
  #look: Look | undefined;
  #stopping: Promise<void> | undefined;

  constructor(data: GatewayData, main: MessagePort) {
    const { identity, heartbeat, limits, mayInspect } = data;
    this.data = data;
    this.#mayInspect = mayInspect;
    this.limits = limits;
    this.places = new Places(limits.connections);
    this.evaluations = new Evaluations(this);
    this.#identity = identity;
    this.#pulse = new Pulse(heartbeat);
    this.#main = main;
  }

  /** Answers `ping` from what this thread can see; the main thread is asked only where `ready` is. */
  async ping(params: { ready?: unknown; timeoutMs?: unknown }): Promise<PingResult> {
    const limitMs = typeof params.timeoutMs === "number" ? params.timeoutMs : STALLED_AFTER_MS;
    const answer: Partial<ReadyAnswer> = params.ready === true ? await this.#ready(limitMs) : {};
    const { stalledMs, loopDelayMs } = this.#pulse;
    const { startedMs, ...identity } = this.#identity;
    return {
      status: stalledMs >= limitMs ? "stalled" : "ok",
      stalledMs,
      loopDelayMs,
      ...answer,
      ...identity,
      ...defined({ console: this.#busyConsole }),
      node: process.version,
      uptimeMs: Math.round(monotonicMs() - startedMs),
      rssBytes: this.#residentBytes(),
      protocol: SUBPROTOCOL,
    };
  }

  /** What was passed on and has not ended, while the event loop does not turn: then somebody wants to know. Else undefined. */
  runsWhileStalled(): RunsResult | undefined {
    const { stalledMs } = this.#pulse;
    if (stalledMs < STALLED_AFTER_MS) return undefined;
    const runs = [...this.connections].flatMap((connection) => connection.runs);
    return { runs: oldestFirst([...runs, ...this.evaluations.describe()]), stalledMs };
  }

  /** Resolves when every request and every expression has its answer, and that was written. */
  async answered(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.answered()));
    while (this.evaluations.size > 0) await sleep(ANSWERED_LOOK_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Where the main thread is now. Callers at the same moment share one look.
   *
   * @throws RpcError NOT_SUPPORTED where the process may not use the inspector.
   */
  async stack(): Promise<StackResult> {
    if (!this.#mayInspect) throw noInspector("look at the stack");
    const { stalledMs } = this.#pulse;
    const busy = this.#busyConsole;
    while (this.#stopping) await this.#stopping;
    this.#look ??= this.#startLook();
    const { state, frames } = await this.#look.result;
    // A loop of awaits is seldom caught in a frame of its own: an event loop that does not turn is not idle for that.
    const seen = state === "idle" && stalledMs >= STALLED_AFTER_MS ? "running" : state;
    return { state: seen, frames, stalledMs, ...defined({ console: busy }) };
  }

  /** Tries once to stop what a console executes. One at a time pauses the main thread: another would resume it. */
  async stopExecution(isExecuting: () => boolean, mark: () => void): Promise<StopVerdict> {
    while (this.#stopping ?? this.#look) await (this.#stopping ?? this.#look?.released);
    if (!isExecuting()) return "left";
    const stop = stopExecution(isExecuting, mark);
    const forget = () => (this.#stopping = undefined);
    this.#stopping = stop.released.then(forget, forget);
    return stop.verdict;
  }

  /** Opens a port to the runner for a connection with this table of tickets. */
  openPort(table: SharedArrayBuffer): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.tell({ type: "connected", channel: { port: port2, table } }, [port2]);
    return port1;
  }

  /** Tells the main thread something. */
  tell(message: FromGateway, transfer: MessagePort[] = []): void {
    this.#main.postMessage(message, transfer);
  }

  /** Takes the main thread's answer to a question. */
  hear({ question, ready, reason }: Extract<ToGateway, { type: "ready" }>): void {
    this.#questions.get(question)?.({ ready, ...defined({ reason }) });
    this.#questions.delete(question);
  }

  /** Takes a run's call back, whichever connection it came from; false when it has started or is unknown here. */
  withdrawRun(run: string): boolean {
    return [...this.connections].some((connection) => connection.withdrawRun(run));
  }

  /** The console's evaluation that is this run, whichever connection it came from, where it keeps the main thread busy. */
  busyEvaluation(run: string): ConsoleEvaluation | undefined {
    for (const connection of this.connections) {
      const evaluation = connection.busyEvaluation(run);
      if (evaluation) return evaluation;
    }
    return undefined;
  }

  /** Whether a run has begun, by what was passed on, and its end is not known. */
  hasStarted(run: string): boolean {
    const runs = [...this.connections].flatMap((connection) => connection.runs);
    return runs.some((known) => known.run === run && known.state !== "queued");
  }

  /** The response to a request that the main thread has not answered, although it should have been quick. */
  answerInstead({ method, params }: Request, limitMs: number, { hasBegun = false } = {}): Answer {
    const runs = method === "runs" ? this.runsWhileStalled() : undefined;
    if (runs) return resultAnswer(runs);
    if (hasBegun) return errorAnswer(this.#noEnd(method, limitMs));
    return errorAnswer(method === "cancel" ? this.notHeard(String(params.run)) : this.#noAnswer(method, limitMs));
  }

  /** The main thread's event loop does not turn. */
  get isStalled(): boolean {
    return this.#pulse.stalledMs >= STALLED_AFTER_MS;
  }

  #noAnswer(method: string, limitMs: number): RpcError {
    if (this.isStalled) return new RpcError("STALLED", this.#stalledSentence);
    const sentence = `${this.#name} did not answer "${method}" within ${formatDuration(limitMs)}`;
    return new RpcError("TIMEOUT", sentence, { state: "not-started" });
  }

  /** What was asked has begun, and its end is not known. */
  #noEnd(method: string, limitMs: number): RpcError {
    const { code, message } = this.#noAnswer(method, limitMs);
    return new RpcError(code, `${message}; the ${method} has begun, and may still run`, { state: "unknown" });
  }

  /** The run that is to be cancelled goes on until the event loop turns, or is one that only the main thread knows. */
  notHeard(run: string): RpcError {
    const state = this.hasStarted(run) ? "running" : "unknown";
    const when = this.isStalled ? this.#stalledSentence : `${this.#name} has not answered`;
    return new RpcError(this.isStalled ? "STALLED" : "TIMEOUT", `${when}; the run is cancelled when it turns`, {
      run,
      state,
    });
  }

  get #stalledSentence(): string {
    return `${this.#name} is stalled: its event loop has not turned for ${formatDuration(this.#pulse.stalledMs)}`;
  }

  #startLook(): Look {
    const look = lookAtStack();
    const forget = () => (this.#look = undefined);
    look.released.then(forget, forget);
    return look;
  }

  /** Whose console keeps the main thread busy, for the sentence about a stalled app. */
  get #busyConsole(): string | undefined {
    for (const connection of this.connections) {
      const busy = connection.busyConsole;
      if (busy) return `the console of ${busy.who} has been executing for ${formatDuration(busy.executingMs)}`;
    }
    return undefined;
  }

  get #name(): string {
    return `${this.#identity.app} ${this.#identity.instance}`;
  }

  /** Asks the app, for as long as its event loop may stall before it counts as stalled. */
  #ready(limitMs: number): Promise<ReadyAnswer> {
    const stalled = (): ReadyAnswer => {
      const { stalledMs } = this.#pulse;
      return stalledMs >= limitMs
        ? { ready: "stalled", reason: `its event loop has not turned for ${formatDuration(stalledMs)}` }
        : { ready: "not-ready", reason: `it did not say within ${formatDuration(limitMs)} whether it is ready` };
    };
    const patienceMs = limitMs - this.#pulse.stalledMs;
    if (patienceMs <= 0) return Promise.resolve(stalled());
    if (this.closing) return Promise.resolve({ ready: "stopping" });
    const question = ++this.#lastQuestion;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#questions.delete(question) && resolve(stalled()), patienceMs);
      this.#questions.set(question, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.tell({ type: "ready?", question });
    });
  }
}
