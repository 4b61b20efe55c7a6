// Holds the consoles of one connection: their owners, and what each one evaluates right now.
import { randomBytes } from "node:crypto";
import { resultAnswer } from "../../../shared/messages/answer.ts";
import { EVALUATION_LIMIT_MS } from "../../../shared/messages/console-messages.ts";
import { RpcError } from "../../../shared/errors.ts";
import { expressionName } from "../../../shared/expression-name.ts";
import type { Method, Params, Result } from "../../../shared/messages/methods.ts";
import { requestMessage } from "../../../shared/messages/protocol.ts";
import type { Admission } from "../admission/admission.ts";
import type { AppState } from "../admission/app-state.ts";
import { OCCUPYING, OCCUPYING_SINCE } from "../../border/channel.ts";
import { ConsoleWatch } from "./console-watch.ts";
import { answerWithin, ask, type Deadline } from "../relay/deadlines.ts";
import type { IncomingRequest } from "../relay/incoming-request.ts";
import type { Inspection } from "../inspection/inspection.ts";
import { QUICK_REQUEST_MS } from "../../border/limits.ts";
import type { Pending, Respond } from "../relay/pending.ts";
import { msSince } from "../admission/pulse.ts";
import type { Relay } from "../relay/relay.ts";

/** Names in the sentence about a blocked app are cut to this length. */
const WHO_CHARS = 100;

/** A healthy event loop turns more often than this. */
const OCCUPIED_MS = 100;

/** The answer to an evaluation that was withdrawn before it started. */
const NEVER_STARTED = resultAnswer({ outcome: "interrupted", text: "Interrupted: it had not started" });

/** What consoles depend on. */
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

  /** The watch on the evaluation with this run, if that evaluation keeps the main thread busy. */
  busyWatch(run: string): ConsoleWatch | undefined {
    for (const [pending, watch] of this.#watches) if (pending.run?.run === run) return watch.isBusy ? watch : undefined;
    return undefined;
  }

  /** Forwards a request that opens a console. @throws RpcError when the console may not be opened. */
  open({ request: { id, params }, respond }: IncomingRequest<"console.open">): void {
    this.#options.admission.checkOpen("open a console");
    const who = params.who.slice(0, WHO_CHARS);
    const { console = randomBytes(4).toString("hex") } = params;
    if (this.#who.has(console))
      throw new RpcError("BAD_ARGUMENTS", `Cannot open a console: "${console}" is open on this connection already`);
    const text = requestMessage(id, "console.open", { ...params, who, console });
    const answered: Respond = (answer, written) => {
      if (answer.kind === "error") this.#who.delete(console);
      respond(answer, written);
    };
    ask(this.#relay, { text, respond: answered, opens: console }, this.#quick("console.open"));
    this.#who.set(console, who);
  }

  /** Forwards an evaluation as a run, and watches it. @throws RpcError when it may not begin. */
  evaluate({ request: { id, params }, respond }: IncomingRequest<"console.evaluate">): void {
    this.#options.admission.checkOpen("evaluate");
    const { console, source, timeoutMs = EVALUATION_LIMIT_MS } = params;
    const run = {
      run: randomBytes(5).toString("hex"),
      task: `console of ${this.#whoOf(console)}: ${expressionName(source)}`,
    };
    const pending = this.#relay.forward({
      text: requestMessage(id, "console.evaluate", { ...params, ...run }),
      run,
      withdrawn: NEVER_STARTED,
      respond: (answer, written) => {
        this.#watches.get(pending)?.end();
        this.#watches.delete(pending);
        respond(answer, written);
      },
    });
    this.#watches.set(pending, this.#watch(pending, console, timeoutMs));
  }

  /** @throws RpcError STALLED when the evaluation cannot be ended without harm to the app. */
  async interrupt({ console }: Params<"console.interrupt">): Promise<Result<"console.interrupt">> {
    const watch = [...this.#watches.values()].find((found) => found.console === console);
    if (!watch) return { state: "idle" };
    await watch.interrupt();
    return { state: "interrupted" };
  }

  /** Forwards a request that closes a console. */
  close(incoming: IncomingRequest<"console.close">): void {
    this.#who.delete(incoming.request.params.console);
    this.pass(incoming);
  }

  /** Forwards a request that the main thread answers at once. */
  pass(incoming: IncomingRequest<"console.close" | "console.complete" | "console.more">): void {
    ask(this.#relay, incoming, this.#quick(incoming.request.method));
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
      abandon: () => relay.interrupt(pending),
      occupiedMs: () => this.#occupiedMs(console),
      say: (sentence) => opened && relay.say(opened, sentence),
    });
  }

  #occupiedMs(console: string): number | undefined {
    const occupying = this.#occupying;
    return occupying?.console === console ? occupying.ms : undefined;
  }

  /** The main thread writes what this reads, so it may be another console's a moment later. */
  get #occupying(): { console: string; ms: number } | undefined {
    const { cells } = this.#relay;
    const console = this.#relay.consoleOf(Atomics.load(cells, OCCUPYING) - 1);
    const ms = msSince(cells, OCCUPYING_SINCE);
    return console === undefined || ms < OCCUPIED_MS ? undefined : { console, ms };
  }

  #whoOf(console: string): string {
    return this.#who.get(console) ?? "somebody";
  }

  #quick(method: Method): Deadline {
    return answerWithin(this.#options.app, method, QUICK_REQUEST_MS);
  }
}
