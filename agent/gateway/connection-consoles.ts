// The consoles of one connection: who opened them, and what each evaluates right now.
import { randomBytes } from "node:crypto";
import { resultAnswer } from "../../shared/answer.ts";
import { RpcError } from "../../shared/errors.ts";
import { expressionName } from "../../shared/expression-name.ts";
import { requestMessage } from "../../shared/protocol.ts";
import type { Admission } from "./admission.ts";
import type { AppState } from "./app-state.ts";
import { OCCUPYING, OCCUPYING_SINCE } from "./channel.ts";
import { ConsoleWatch } from "./console-watch.ts";
import { answerWithin, ask, type Deadline } from "./deadlines.ts";
import { answerLater, type IncomingRequest } from "./incoming-request.ts";
import type { Inspection } from "./inspection.ts";
import { QUICK_REQUEST_MS } from "./limits.ts";
import type { Pending } from "./pending.ts";
import { msSince } from "./pulse.ts";
import type { Relay } from "./relay.ts";
import { evaluationLimitOf, isRunId, textOf } from "./request-params.ts";

/** Names in the list of those who block an app are short. */
const WHO_CHARS = 100;

/** An event loop turns more often than that. */
const OCCUPIED_MS = 100;

/** What the caller of an evaluation is told that was taken back. */
const NEVER_STARTED = resultAnswer({ outcome: "interrupted", text: "Interrupted: it had not started" });

/** What consoles reach. */
export interface ConnectionConsolesOptions {
  relay: Relay;
  app: AppState;
  admission: Admission;
  inspection: Inspection;
}

/** A console that keeps the main thread busy. */
export interface BusyConsole {
  who: string;
  executingMs: number;
}

/** The consoles of one connection. */
export class ConnectionConsoles {
  readonly #options: ConnectionConsolesOptions;
  readonly #relay: Relay;
  readonly #who = new Map<string, string>();
  readonly #watches = new Map<Pending, ConsoleWatch>();

  constructor(options: ConnectionConsolesOptions) {
    this.#options = options;
    this.#relay = options.relay;
  }

  /** The console whose code keeps the main thread busy, or has not let the event loop turn after an `await`. */
  get busy(): BusyConsole | undefined {
    for (const { console, executingMs } of this.#watches.values()) {
      if (executingMs !== undefined) return { who: this.#whoOf(console), executingMs };
    }
    const occupying = this.#occupying;
    return occupying && { who: this.#whoOf(occupying.console), executingMs: occupying.ms };
  }

  /** What watches the evaluation that is this run, where that keeps the main thread busy. */
  busyWatch(run: string): ConsoleWatch | undefined {
    for (const [pending, watch] of this.#watches) if (pending.run?.run === run) return watch.isBusy ? watch : undefined;
    return undefined;
  }

  /** Answers a request about a console, or passes it on. @throws RpcError when it cannot be. */
  take(incoming: IncomingRequest): void {
    const { request } = incoming;
    switch (request.method) {
      case "console.open":
        return this.#open(incoming);
      case "console.evaluate":
        return this.#evaluate(incoming);
      case "console.interrupt":
        return answerLater(incoming, this.#interrupt(textOf(request, "console")));
      case "console.close":
        this.#who.delete(textOf(request, "console"));
        break;
      case "console.complete":
        textOf(request, "line");
        break;
    }
    textOf(request, "console");
    ask(this.#relay, incoming, this.#quick(request.method));
  }

  #open({ request, respond }: IncomingRequest): void {
    this.#options.admission.checkOpen("open a console");
    const who = textOf(request, "who").slice(0, WHO_CHARS);
    const console = this.#idOf(request.params.console);
    this.#who.set(console, who);
    const text = requestMessage(request.id, "console.open", { ...request.params, who, console });
    ask(this.#relay, { text, respond, opens: console }, this.#quick("console.open"));
  }

  #idOf(chosen: unknown): string {
    if (chosen === undefined) return randomBytes(4).toString("hex");
    if (isRunId(chosen) && !this.#who.has(chosen)) return chosen;
    throw new RpcError(
      "BAD_ARGUMENTS",
      'Cannot open a console: "console" must be 1 to 64 of A-Z a-z 0-9 _ - and not be open',
    );
  }

  #evaluate({ request, respond }: IncomingRequest): void {
    this.#options.admission.checkOpen("evaluate");
    const source = textOf(request, "source");
    const console = textOf(request, "console");
    const limitMs = evaluationLimitOf(request);
    const run = {
      run: randomBytes(5).toString("hex"),
      task: `console of ${this.#whoOf(console)}: ${expressionName(source)}`,
    };
    const pending = this.#relay.forward({
      text: requestMessage(request.id, "console.evaluate", { ...request.params, ...run }),
      run,
      withdrawn: NEVER_STARTED,
      respond: (answer, written) => {
        this.#watches.get(pending)?.end();
        this.#watches.delete(pending);
        respond(answer, written);
      },
    });
    this.#watches.set(pending, this.#watch(pending, console, limitMs));
  }

  #watch(pending: Pending, console: string, limitMs: number): ConsoleWatch {
    const relay = this.#relay;
    const opened = relay.opened(console);
    return new ConsoleWatch({
      ticket: pending.ticket,
      console,
      consoleTicket: opened?.ticket ?? -1,
      limitMs,
      cells: relay.cells,
      stop: (isExecuting, mark) => this.#options.inspection.stopExecution(isExecuting, mark),
      abandon: () => relay.interrupt(pending, NEVER_STARTED),
      occupiedMs: () => (this.#occupying?.console === console ? this.#occupying.ms : undefined),
      say: (sentence) => opened && relay.say(opened, sentence),
    });
  }

  async #interrupt(console: string): Promise<object> {
    const watch = [...this.#watches.values()].find((found) => found.console === console);
    if (!watch) return { state: "idle" };
    await watch.interrupt();
    return { state: "interrupted" };
  }

  get #occupying(): { console: string; ms: number } | undefined {
    const { cells } = this.#relay;
    const console = this.#relay.consoleOf(Atomics.load(cells, OCCUPYING) - 1);
    const ms = msSince(cells, OCCUPYING_SINCE);
    return console === undefined || ms < OCCUPIED_MS ? undefined : { console, ms };
  }

  #whoOf(console: string): string {
    return this.#who.get(console) ?? "somebody";
  }

  #quick(method: string): Deadline {
    return answerWithin(this.#options.app, method, QUICK_REQUEST_MS);
  }
}
