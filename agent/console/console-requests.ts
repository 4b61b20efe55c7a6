// Answers the console requests of one connection on the main thread. Each request gets one answer, after all earlier
// output.
import { errorAnswer, resultAnswer, type Answer } from "../../shared/messages/answer.ts";
import { RpcError } from "../../shared/errors.ts";
import type { ConsoleCloseResult } from "../../shared/messages/console-messages.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { answerToGateway, toGateway } from "../border/port-messages.ts";
import type { Outbox } from "../runs/outbox.ts";
import type { ConsoleRequest, NamedConsole, NamedConsoleRun } from "../tasks/passed-requests.ts";
import type { Runner } from "../runs/runner.ts";
import { look } from "../tasks/thrown.ts";
import { ConsoleOutput } from "./console-output.ts";
import type { Console } from "./console.ts";
import type { Consoles } from "./consoles.ts";
import { Executing } from "./executing.ts";
import type { Marks } from "./console-engine.ts";
import { Turn } from "./turn.ts";

/** The options of {@link ConsoleRequests}. */
export interface ConsoleRequestsOptions {
  runner: Runner;
  outbox: Outbox;
  table: SharedArrayBuffer;
  /** The consoles of the whole agent. */
  consoles: () => Promise<Consoles>;
}

interface Open {
  console: Console;
  /** The ticket of `console.open`, which carries the console's output. */
  ticket: number;
}

/** The consoles of one connection. */
export class ConsoleRequests {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #table: SharedArrayBuffer;
  readonly #consoles: () => Promise<Consoles>;
  readonly #executing: Executing;
  readonly #open = new Map<string, Open>();
  /** The console that evaluates for each ticket. */
  readonly #evaluating = new Map<number, Console>();
  #ended = false;

  constructor({ runner, outbox, table, consoles }: ConsoleRequestsOptions) {
    this.#runner = runner;
    this.#outbox = outbox;
    this.#table = table;
    this.#consoles = consoles;
    this.#executing = new Executing(table);
  }

  /** Answers one request. */
  async answer(ticket: number, request: ConsoleRequest): Promise<void> {
    try {
      await this.#dispatch(ticket, request);
    } catch (error) {
      this.#answer(ticket, errorAnswer(toRpcError(error, "answer", look)));
    }
  }

  /** Ends the evaluation that belongs to this ticket, if it is waiting at an `await`. */
  interrupt(ticket: number): void {
    this.#evaluating.get(ticket)?.interrupt();
  }

  /** Called when the client has disconnected. */
  end(): void {
    this.#ended = true;
    for (const id of [...this.#open.keys()]) this.#close(id);
  }

  async #dispatch(ticket: number, { method, params }: ConsoleRequest): Promise<void> {
    const respond = (result: object) => this.#answer(ticket, resultAnswer(result));
    switch (method) {
      case "console.open":
        return this.#openConsole(ticket, params);
      case "console.evaluate":
        return this.#evaluate(ticket, params);
      case "console.more":
        return respond(await this.#find(params.console).more(params, this.#marks(ticket)));
      case "console.complete":
        return respond(this.#find(params.console).complete(params.line));
      case "console.close":
        return respond(this.#closeConsole(params.console));
    }
  }

  async #openConsole(ticket: number, params: NamedConsole): Promise<void> {
    const output = new ConsoleOutput({ outbox: this.#outbox, ticket, limitChars: this.#runner.limits.outputChars });
    const consoles = await this.#consoles();
    const turn = new Turn(this.#table, ticket);
    const { console, result } = await consoles.open(params, { output, turn });
    this.#open.set(console.id, { console, ticket });
    this.#outbox.post(toGateway("opened", ticket, JSON.stringify(result)));
    if (this.#ended) this.#close(console.id);
  }

  async #evaluate(ticket: number, params: NamedConsoleRun): Promise<void> {
    const console = this.#find(params.console);
    this.#evaluating.set(ticket, console);
    try {
      const result = await console.evaluate(params, this.#marks(ticket));
      const hurried = result.outcome === "interrupted" || result.outcome === "timed-out";
      console.output.answer(() => this.#answer(ticket, resultAnswer(result)), { hurried });
    } finally {
      this.#evaluating.delete(ticket);
    }
  }

  #answer(ticket: number, answer: Answer): void {
    this.#outbox.post(answerToGateway(ticket, answer));
  }

  #closeConsole(id: string): ConsoleCloseResult {
    this.#find(id);
    return { runs: this.#close(id) };
  }

  #close(id: string): string[] {
    const open = this.#open.get(id);
    this.#open.delete(id);
    const runs = open?.console.close() ?? [];
    if (open) this.#outbox.post(toGateway("released", open.ticket));
    return runs;
  }

  #marks(ticket: number): Marks {
    const executing = this.#executing;
    return {
      execute: (code) => executing.execute(ticket, code),
      get stoppedBy() {
        return executing.stoppedBy;
      },
    };
  }

  #find(id: string): Console {
    const open = this.#open.get(id);
    if (open) return open.console;
    throw new RpcError("BAD_ARGUMENTS", `Cannot use the console "${id}": no console of that id is open here`);
  }
}
