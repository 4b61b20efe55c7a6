// What one connection has waiting for the main thread: requests go there as text, answers and output come back, and
// every deadline is held here, where it holds even when the main thread is stuck.
import { answerMessage, errorAnswer, resultAnswer, type Answer } from "../../shared/answer.ts";
import { cancelled, timedOut } from "../../shared/outcomes.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Request, RequestId, RunDescription } from "../../shared/messages.ts";
import { ALIVE, LARGE_ANSWER_CHARS, OCCUPYING, OCCUPYING_SINCE } from "./channel.ts";
import { ConsoleEvaluation } from "./console-evaluation.ts";
import type { Gateway } from "./gateway.ts";
import { QUICK_REQUEST_MS, RELOAD_GRACE_MS, STOP_GRACE_MS, WAITING_CHARS } from "./limits.ts";
import { msSince } from "./pulse.ts";
import { OutputRelay } from "./output-relay.ts";
import { Pending } from "./pending.ts";
import { readFromRunner, toRunner } from "./port-messages.ts";
import { TextPort } from "./text-port.ts";
import { Tickets } from "./tickets.ts";

/** Where a relay's answers go. */
export interface RelayTarget {
  notify(text: string, written: () => void): void;
  /** `written` is called when the text has left this process, or never will. */
  respond(id: RequestId, text: string, written?: () => void): void;
  /** Nobody listens, and nothing waits for the main thread any more. */
  finished(): void;
}

/** A call as the connection read it; `text` is what the runner will read. */
export interface RelayedCall {
  task: string;
  run: string;
  timeoutMs: number | undefined;
  text: string;
}

/** An evaluation of a console, and the run that it is. */
export interface RelayedEvaluation {
  console: string;
  run: string;
  task: string;
  limitMs: number;
}

/** An event loop turns more often than that. */
const OCCUPIED_MS = 100;

/** The requests of one connection that wait for the main thread. */
export class Relay {
  readonly #gateway: Gateway;
  readonly #target: RelayTarget;
  readonly #tickets: Tickets;
  readonly #cells: Int32Array;
  readonly #pending = new Map<number, Pending>();
  readonly #evaluations = new Map<number, ConsoleEvaluation>();
  readonly #output: OutputRelay;
  #port: TextPort | undefined;
  #ended = false;
  #settle: () => void = () => {};

  constructor(gateway: Gateway, target: RelayTarget) {
    this.#gateway = gateway;
    this.#target = target;
    this.#tickets = new Tickets(gateway.limits.inFlight);
    this.#cells = new Int32Array(this.#tickets.table);
    this.#output = new OutputRelay({
      cells: this.#cells,
      notify: (text, written) => target.notify(text, written),
      resume: () => this.#port?.post(toRunner("resume")),
    });
  }

  /** Passes a call on. When its time is up the caller is told, whatever the main thread does. */
  call(request: Request, { task, run, timeoutMs, text }: RelayedCall): void {
    const pending = this.#forward({ id: request.id, task, run }, text);
    if (timeoutMs !== undefined) pending.timer = setTimeout(() => this.#expire(pending, timeoutMs), timeoutMs);
  }

  /** Passes on a request that the main thread answers at once when it can, and takes it back when it cannot. */
  ask(request: Request, text: string, limitMs: number): void {
    const pending = this.#forward({ id: request.id, task: "", run: "" }, text);
    pending.timer = setTimeout(() => {
      this.#withdraw(pending);
      this.#answer(pending, this.#gateway.answerInstead(request, limitMs));
    }, limitMs);
  }

  /** Passes on a reload, which is told when its time is up: from then on it changes no task any more. */
  reload(request: Request, text: string, limitMs: number): void {
    const pending = this.#forward({ id: request.id, task: "", run: "" }, text);
    const giveUp = (hasBegun: boolean) =>
      this.#answer(pending, this.#gateway.answerInstead(request, limitMs, { hasBegun }));
    pending.timer = setTimeout(() => {
      if (this.#withdraw(pending)) return giveUp(false);
      this.#tickets.hurry(pending.ticket);
      this.#port?.post(toRunner("abort", pending.ticket));
      // Its own answer says more.
      pending.timer = setTimeout(() => giveUp(true), RELOAD_GRACE_MS);
    }, limitMs);
  }

  /**
   * Passes a cancel on. It stands: whoever asked is told in time what is known here, as of a run that has begun and whose
   * event loop does not turn, and it is heard when somebody can.
   */
  cancel(request: Request, text: string, { run, waitMs }: { run: string; waitMs: number }): void {
    const pending = this.#forward({ id: request.id, task: "", run: "" }, text);
    pending.timer = setTimeout(() => {
      const isRunning = !this.#gateway.isStalled && this.#gateway.hasStarted(run);
      const answer = isRunning ? resultAnswer({ run, state: "running" }) : this.#gateway.answerInstead(request, waitMs);
      this.#answer(pending, answer);
    }, waitMs + STOP_GRACE_MS);
  }

  /** Takes the call of this run back if it has not started, and tells its caller; else it is known to be cancelled. */
  withdrawRun(run: string): boolean {
    for (const pending of this.#pending.values()) {
      if (pending.run !== run) continue;
      pending.isCancelled = true;
      this.#tickets.hurry(pending.ticket);
      if (pending.answered || !this.#withdraw(pending)) continue;
      this.#answer(pending, this.#neverStarted(pending));
      return true;
    }
    return false;
  }

  /** The runs among the requests, as far as they are known here. */
  get runs(): RunDescription[] {
    return [...this.#pending.values()].flatMap((pending) => {
      const started = pending.run === "" ? undefined : this.#tickets.isStarted(pending.ticket);
      return started === undefined ? [] : [pending.describe(started)];
    });
  }

  /** Nobody listens any more. Runs go on, and their deadlines are kept here until they end. */
  end(): void {
    this.#ended = true;
    this.#output.mute();
    if (this.#pending.size === 0) this.#finish();
    else this.#port?.post(toRunner("unheard"));
  }

  /** Resolves when nothing waits for the main thread. */
  settled(): Promise<void> {
    return this.#pending.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.#settle = resolve));
  }

  /** The agent closes: callers whose tasks took no notice of it are told so. */
  abandon(): void {
    for (const pending of this.#pending.values()) {
      const waits = !pending.answered && pending.console === undefined;
      if (waits) this.#answer(pending, errorAnswer(abandoned(pending)));
    }
  }

  /** Passes on a request that opens a console; its ticket then carries the console's output. */
  open(request: Request, text: string): void {
    this.ask(request, text, QUICK_REQUEST_MS);
  }

  /** Passes on an evaluation of a console, which is held to its limit. */
  evaluate({ id }: Request, text: string, { console, limitMs, run, task }: RelayedEvaluation): void {
    const pending = this.#forward({ id, task, run }, text);
    const opened = [...this.#pending.values()].find((other) => other.console === console);
    const evaluation = new ConsoleEvaluation({
      ticket: pending.ticket,
      console,
      consoleTicket: opened?.ticket ?? -1,
      limitMs,
      cells: this.#cells,
      stop: (isExecuting, mark) => this.#gateway.stopExecution(isExecuting, mark),
      abandon: () => this.#abandonEvaluation(pending),
      occupiedMs: () => (this.#occupying?.console === console ? this.#occupying.ms : undefined),
      tell: (sentence) => opened && this.#output.tell(opened, sentence),
    });
    this.#evaluations.set(pending.ticket, evaluation);
  }

  /** The console whose code keeps the main thread busy, or has not let the event loop turn after an `await`. */
  get busyConsole(): { console: string; ms: number } | undefined {
    for (const { console, executingMs } of this.#evaluations.values()) {
      if (executingMs !== undefined) return { console, ms: executingMs };
    }
    return this.#occupying;
  }

  get #occupying(): { console: string; ms: number } | undefined {
    const { console } = this.#pending.get(Atomics.load(this.#cells, OCCUPYING) - 1) ?? {};
    const ms = msSince(this.#cells, OCCUPYING_SINCE);
    return console === undefined || ms < OCCUPIED_MS ? undefined : { console, ms };
  }

  /** The console's evaluation that is this run, where it keeps the main thread busy. */
  busyEvaluation(run: string): ConsoleEvaluation | undefined {
    const pending = [...this.#pending.values()].find((each) => each.run === run);
    const evaluation = pending && this.#evaluations.get(pending.ticket);
    return evaluation?.isBusy ? evaluation : undefined;
  }

  /** The evaluations in flight. */
  get evaluations(): readonly ConsoleEvaluation[] {
    return [...this.#evaluations.values()];
  }

  /** The agent closes: its consoles do too. */
  endConsoles(): void {
    this.#port?.post(toRunner("close-consoles"));
  }

  #forward(names: { id: RequestId; task: string; run: string }, text: string): Pending {
    if (this.#gateway.waitingChars + text.length > WAITING_CHARS)
      throw new RpcError("TOO_MANY", "Cannot take the request: too much waits for the app already");
    const ticket = this.#tickets.take();
    if (ticket === undefined)
      throw new RpcError("TOO_MANY", `Cannot take the request: ${this.#pending.size} are in flight on this connection`);
    const pending = new Pending({ ...names, ticket, chars: text.length });
    this.#gateway.waitingChars += text.length;
    this.#pending.set(ticket, pending);
    this.#port ??= this.#openPort();
    this.#port.post(toRunner("request", ticket, text));
    return pending;
  }

  #openPort(): TextPort {
    return new TextPort(this.#gateway.openPort(this.#tickets.table), (text) => this.#fromRunner(text));
  }

  #fromRunner(text: string): void {
    const { kind, ticket, body } = readFromRunner(text);
    if (kind === "alive?") return void Atomics.add(this.#cells, ALIVE, 1);
    const pending = this.#pending.get(ticket);
    if (pending === undefined) return;
    switch (kind) {
      case "output":
        return this.#output.output(pending, body);
      case "gap":
        return this.#output.gap(pending, body);
      case "progress":
        return this.#output.progress(pending, body);
      case "opened":
        return this.#opened(pending, { kind: "result", json: body });
      case "result":
      case "error":
        this.#pass(pending, { kind, json: body });
        return this.#release(pending);
      case "released":
        return this.#release(pending);
    }
  }

  /** Passes an answer on, and says of a large one when it has left: the runner makes no more of them than are read. */
  #pass(pending: Pending, answer: Answer): void {
    const isCall = pending.run !== "" && !this.#evaluations.has(pending.ticket);
    const isLarge = isCall && answer.json.length >= LARGE_ANSWER_CHARS;
    const written = isLarge
      ? () => this.#port?.post(toRunner("answer-left", undefined, String(answer.json.length)))
      : undefined;
    if (pending.answered) written?.();
    else this.#answer(pending, answer, written);
  }

  #expire(pending: Pending, timeoutMs: number): void {
    const giveUp = (state: "not-started" | "running") =>
      this.#answer(pending, errorAnswer(timedOut(pending, timeoutMs, { state })));
    if (this.#withdraw(pending)) return giveUp("not-started");
    this.#tickets.hurry(pending.ticket);
    this.#port?.post(toRunner("abort", pending.ticket));
    // The runner's own answer would say that the task stopped; without it the task still runs.
    pending.timer = setTimeout(() => giveUp("running"), STOP_GRACE_MS);
  }

  /** The response to a request whose ticket lives on. */
  #opened(pending: Pending, answer: Answer): void {
    clearTimeout(pending.timer);
    // The runner's own text: it was told the console's id by this gateway.
    pending.console = (JSON.parse(answer.json) as { console: string }).console;
    if (!pending.answered) this.#target.respond(pending.id, answerMessage(pending.id, answer));
    else this.#port?.post(toRunner("close-consoles")); // too late: the caller has been told that it failed
  }

  /** An evaluation that has not started is taken back; one that awaits something is asked to leave it. */
  #abandonEvaluation(pending: Pending): void {
    if (this.#withdraw(pending)) this.#answer(pending, this.#neverStarted(pending));
    else this.#port?.post(toRunner("interrupt", pending.ticket));
  }

  /** What a caller is told whose request was taken back in time because somebody wanted its end. */
  #neverStarted(pending: Pending): Answer {
    if (!this.#evaluations.has(pending.ticket)) return errorAnswer(cancelled(pending, { state: "not-started" }));
    return resultAnswer({ outcome: "interrupted", text: "Interrupted: it had not started" });
  }

  /** Takes a request back; false when it has begun. A run that is about to begin, and waits for something, need not wait. */
  #withdraw(pending: Pending): boolean {
    if (!this.#tickets.withdraw(pending.ticket)) return false;
    this.#port?.post(toRunner("abort", pending.ticket));
    return true;
  }

  /** Sends the one response: all of the run's output goes before it, nothing after. */
  #answer(pending: Pending, answer: Answer, written?: () => void): void {
    clearTimeout(pending.timer);
    // All of it: what a console's code printed came on the console's ticket, before this.
    this.#output.flush();
    this.#evaluations.get(pending.ticket)?.end();
    this.#evaluations.delete(pending.ticket);
    pending.answered = true;
    this.#target.respond(pending.id, answerMessage(pending.id, answer), written);
  }

  #release(pending: Pending): void {
    this.#pending.delete(pending.ticket);
    this.#tickets.release(pending.ticket);
    this.#gateway.waitingChars -= pending.chars;
    if (this.#pending.size > 0) return;
    this.#settle();
    if (this.#ended) this.#finish();
  }

  #finish(): void {
    this.#port?.close();
    this.#target.finished();
  }
}

function abandoned(pending: Pending): RpcError {
  return pending.run === ""
    ? new RpcError("CLOSING", "Cannot answer: the app is stopping")
    : cancelled(pending, { state: "running" });
}
