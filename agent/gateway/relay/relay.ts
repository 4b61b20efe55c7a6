// Forwards one caller's requests to the main thread as text, and returns its answers and output. The relay lives as
// long as one request waits, so that deadlines (deadlines.ts) hold when the caller is gone.
import { errorAnswer, type Answer } from "../../../shared/messages/answer.ts";
import { RpcError } from "../../../shared/errors.ts";
import type { RunDescription } from "../../../shared/messages/messages.ts";
import { cancelled, type RunName } from "../../../shared/outcomes.ts";
import { ALIVE, LARGE_ANSWER_CHARS } from "../../border/channel.ts";
import type { MainThread } from "./main-thread.ts";
import { OutputRelay, type Notify } from "./output-relay.ts";
import { Pending, type RelayedRequest } from "./pending.ts";
import { callToRunner, readFromRunner, toRunner } from "../../border/port-messages.ts";
import { TextPort } from "../../border/text-port.ts";
import { Tickets } from "./tickets.ts";
import { tooManyInFlight } from "../admission/too-many-in-flight.ts";
import type { WaitingRequests } from "../admission/waiting-requests.ts";

/** The options of {@link Relay}. */
export interface RelayOptions {
  mainThread: MainThread;
  waiting: WaitingRequests;
  /** How many requests it may have in flight at the same time. */
  tickets: number;
  notify: Notify;
  /** Called when its caller is gone and nothing waits for the main thread. */
  finished: () => void;
}

/** The requests of one caller that wait for the main thread. */
export class Relay {
  /** The table that it shares with the runner. */
  readonly cells: Int32Array;
  readonly #options: RelayOptions;
  readonly #tickets: Tickets;
  readonly #pending = new Map<number, Pending>();
  readonly #output: OutputRelay;
  #port: TextPort | undefined;
  #ended = false;
  #settled: (() => void)[] = [];

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#tickets = new Tickets(options.tickets);
    this.cells = new Int32Array(this.#tickets.table);
    this.#output = new OutputRelay({
      cells: this.cells,
      notify: options.notify,
      resume: () => this.#port?.post(toRunner("resume")),
    });
  }

  /** Forwards any request except a call. @throws RpcError TOO_MANY when too much is waiting already. */
  forward(request: RelayedRequest): Pending {
    return this.#forward(request, (ticket) => toRunner("request", ticket, request.text));
  }

  /** Forwards a call, whose task must not begin after this moment. @throws as {@link forward}. */
  forwardCall(request: RelayedRequest, beginsBy: number | undefined): Pending {
    const pending = this.#forward(request, (ticket) => callToRunner(ticket, request.text, beginsBy));
    pending.isCall = true;
    return pending;
  }

  #forward(request: RelayedRequest, messageOf: (ticket: number) => string): Pending {
    const { waiting } = this.#options;
    const { length } = request.text;
    waiting.add(length);
    const ticket = this.#tickets.take();
    if (ticket === undefined) {
      waiting.delete(length);
      throw tooManyInFlight(this.#pending.size);
    }
    const pending = new Pending(ticket, request);
    this.#pending.set(ticket, pending);
    this.#port ??= this.#openPort();
    this.#port.post(messageOf(ticket));
    return pending;
  }

  /** Tells the runner that the request must end. */
  abort(pending: Pending): void {
    this.#tickets.hurry(pending.ticket);
    this.#port?.post(toRunner("abort", pending.ticket));
  }

  /**
   * Withdraws a request; false when it has begun. A run that is about to begin but waits for something stops waiting.
   */
  withdraw(pending: Pending): boolean {
    if (!this.#tickets.withdraw(pending.ticket)) return false;
    this.#port?.post(toRunner("abort", pending.ticket));
    return true;
  }

  /** Sends the caller its one response. All of the run's output is sent before it, and none after. */
  answer(pending: Pending, answer: Answer, written?: () => void): void {
    clearTimeout(pending.timer);
    // All output, not only this run's: a console's output came on the console's ticket, before this answer.
    this.#output.flush();
    pending.answered = true;
    pending.request.respond(answer, written);
  }

  /** Withdraws this run's call if it has not started, and tells its caller. Otherwise marks the call as cancelled. */
  withdrawRun(run: string): boolean {
    for (const pending of this.#pending.values()) {
      if (pending.run?.run !== run) continue;
      pending.isCancelled = true;
      this.#tickets.hurry(pending.ticket);
      if (!pending.answered && this.#takeBack(pending)) return true;
    }
    return false;
  }

  /**
   * Withdraws a console's evaluation if it has not started, and tells its caller. Otherwise asks the evaluation to stop
   * waiting.
   */
  interrupt(pending: Pending): void {
    if (!this.#takeBack(pending)) this.#port?.post(toRunner("interrupt", pending.ticket));
  }

  /** The runs among the requests, as far as the gateway knows them. */
  get runs(): RunDescription[] {
    return [...this.#pending.values()].flatMap((pending) => {
      const started = pending.run && this.#tickets.isStarted(pending.ticket);
      return pending.run && started !== undefined ? [pending.describe(pending.run, started)] : [];
    });
  }

  /** The console whose output this ticket carries. */
  consoleOf(ticket: number): string | undefined {
    return this.#pending.get(ticket)?.console;
  }

  /** The request that opened the console. */
  opened(console: string): Pending | undefined {
    return [...this.#pending.values()].find((pending) => pending.console === console);
  }

  /** Sends the gateway's own sentence as output of the request. */
  say(pending: Pending, sentence: string): void {
    this.#output.say(pending, sentence);
  }

  /** Called when the caller is gone. Its runs continue, and their deadlines hold until they end. */
  end(): void {
    this.#ended = true;
    this.#output.mute();
    if (this.#pending.size === 0) this.#finish();
    else this.#port?.post(toRunner("unheard"));
  }

  /** Resolves when nothing waits for the main thread. */
  settled(): Promise<void> {
    return this.#pending.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve));
  }

  /** Called when the agent closes: answers the callers whose tasks have ignored that. */
  abandon(): void {
    for (const pending of this.#pending.values()) {
      if (pending.answered || pending.console !== undefined || this.#takeBack(pending)) continue;
      this.answer(pending, errorAnswer(abandoned(pending)));
    }
  }

  /** Closes the consoles of this caller. */
  closeConsoles(): void {
    this.#port?.post(toRunner("close-consoles"));
  }

  #openPort(): TextPort {
    return new TextPort(this.#options.mainThread.openPort(this.#tickets.table), (text) => this.#hear(text));
  }

  #hear(text: string): void {
    const { kind, ticket, body } = readFromRunner(text);
    if (kind === "alive?") return void Atomics.add(this.cells, ALIVE, 1);
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
        return this.#open(pending, { kind: "result", json: body });
      case "result":
      case "error":
        this.#pass(pending, { kind, json: body });
        return this.#release(pending);
      case "released":
        return this.#release(pending);
    }
  }

  /**
   * Passes an answer to the caller. For a large answer it reports when the answer has left, so that the runner makes no
   * more than are read.
   */
  #pass(pending: Pending, answer: Answer): void {
    const { length } = answer.json;
    const left = () => this.#port?.post(toRunner("answer-left", pending.ticket, String(length)));
    const written = pending.isCall && length >= LARGE_ANSWER_CHARS ? left : undefined;
    if (pending.answered) written?.();
    else this.answer(pending, answer, written);
  }

  /** Sends the response to a request whose ticket stays in use. */
  #open(pending: Pending, answer: Answer): void {
    clearTimeout(pending.timer);
    pending.console = pending.request.opens;
    if (!pending.answered) pending.request.respond(answer);
    else this.closeConsoles(); // too late: the caller was already told that opening failed
  }

  /** Withdraws a run and tells its caller; false when the run has begun, or the request begins none. */
  #takeBack(pending: Pending): boolean {
    const { run, request } = pending;
    if (!run || !this.withdraw(pending)) return false;
    this.answer(pending, request.withdrawn ?? notStarted(run));
    return true;
  }

  #release(pending: Pending): void {
    this.#pending.delete(pending.ticket);
    this.#tickets.release(pending.ticket);
    this.#options.waiting.delete(pending.request.text.length);
    if (this.#pending.size > 0) return;
    for (const settle of this.#settled.splice(0)) settle();
    if (this.#ended) this.#finish();
  }

  #finish(): void {
    this.#port?.close();
    this.#options.finished();
  }
}

/** The answer of a run that was withdrawn. */
function notStarted(run: RunName): Answer {
  return errorAnswer(cancelled(run, { state: "not-started" }));
}

function abandoned({ run }: Pending): RpcError {
  return run === undefined
    ? new RpcError("CLOSING", "Cannot answer: the app is stopping")
    : cancelled(run, { state: "running" });
}
