// The runner's end of one connection: passes each message from the port to the code that handles it.
import { errorAnswer } from "../../shared/messages/answer.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { Claims } from "./claims.ts";
import type { Channel } from "../border/channel.ts";
import { answerToGateway, readFromGateway, takeCallApart, toGateway } from "../border/port-messages.ts";
import { checkExpiry } from "./check-expiry.ts";
import { TextPort } from "../border/text-port.ts";
import { Turns } from "../border/turns.ts";
import { Outbox } from "./outbox.ts";
import { isConsoleRequest, readCall, readRequest, type ConsoleRequest } from "../tasks/passed-requests.ts";
import type { Runner } from "./runner.ts";
import { SessionCalls } from "./session-calls.ts";
import { SessionQuestions } from "./session-questions.ts";
import { look } from "../tasks/thrown.ts";

/** The turns of the app's event loop, for the requests of all connections. The app's own work runs between them. */
const turns = new Turns();

/** The consoles of one connection. */
export interface SessionConsoles {
  /** Answers a request whose ticket has been claimed. */
  answer(ticket: number, request: ConsoleRequest): Promise<void>;
  /** Ends the evaluation that belongs to this ticket, if it is waiting at an `await`. */
  interrupt(ticket: number): void;
  /** The client has disconnected. */
  end(): void;
}

/** Opens what a connection's consoles need. */
export type OpenConsoles = (connection: { outbox: Outbox; table: SharedArrayBuffer }) => Promise<SessionConsoles>;

/** The options of {@link Session}. */
export interface SessionOptions {
  runner: Runner;
  /** Called for a console's first request, and again after a failure. */
  openConsoles: OpenConsoles;
}

/** One connection, seen from the main thread. */
export class Session {
  readonly #outbox: Outbox;
  readonly #claims: Claims;
  readonly #calls: SessionCalls;
  readonly #questions: SessionQuestions;
  readonly #openConsoles: () => Promise<SessionConsoles>;
  #consoles: Promise<SessionConsoles> | undefined;

  constructor({ port, table }: Channel, { runner, openConsoles }: SessionOptions) {
    const outbox = new Outbox(new TextPort(port, this.#receive, turns), table);
    this.#outbox = outbox;
    this.#claims = new Claims(table);
    this.#calls = new SessionCalls({ runner, outbox, claims: this.#claims });
    this.#questions = new SessionQuestions(runner, this.#claims);
    this.#openConsoles = () => openConsoles({ outbox, table });
    port.on("close", () => this.#close());
    // The agent never keeps the app's process alive.
    port.unref();
  }

  // A separate function, since few functions may stand between the port and a task.
  readonly #receive = (text: string): void => {
    const { kind, ticket, body } = readFromGateway(text);
    switch (kind) {
      case "call":
        return this.#call(ticket, body);
      case "request":
        return void this.#request(ticket, body);
      case "abort":
        this.#questions.expire(ticket);
        return this.#calls.expire(ticket);
      case "answer-left":
        return this.#calls.answersLeft(Number(body));
      case "resume":
        return this.#outbox.resume();
      case "unheard":
        this.#endConsoles();
        this.#outbox.mute();
        return this.#calls.letGo();
      case "close-consoles":
        return this.#endConsoles();
      case "interrupt":
        this.#consoles?.then((consoles) => consoles.interrupt(ticket)).catch(() => {}); // not loaded: nothing to interrupt
        return;
    }
  };

  /** Called when the gateway has closed the port, or has ended with an error. */
  #close(): void {
    this.#endConsoles();
    this.#outbox.close();
    this.#calls.keepDeadlines();
  }

  /** Handles a call, unless the gateway has withdrawn it meanwhile. */
  #call(ticket: number, body: string): void {
    if (this.#claims.isWithdrawn(ticket)) return this.#outbox.post(toGateway("released", ticket));
    const { beginsBy, text } = takeCallApart(body);
    try {
      // An error in here must not end the app, as an unhandled rejection would.
      this.#calls.take(ticket, readCall(text), beginsBy).catch((error: unknown) => this.#fail(ticket, error));
    } catch (error) {
      this.#fail(ticket, error);
    }
  }

  /** Handles any other request, and claims it. An error in here never rejects. */
  async #request(ticket: number, text: string): Promise<void> {
    if (!this.#claims.claim(ticket)) return this.#outbox.post(toGateway("released", ticket));
    try {
      const request = readRequest(text);
      checkExpiry(request);
      if (isConsoleRequest(request)) return await (await this.#openedConsoles()).answer(ticket, request);
      this.#outbox.post(answerToGateway(ticket, await this.#questions.answer(ticket, request)));
    } catch (error) {
      this.#fail(ticket, error);
    }
  }

  #openedConsoles(): Promise<SessionConsoles> {
    this.#consoles ??= this.#openConsoles().catch((error: unknown) => {
      this.#consoles = undefined; // the next request tries again
      throw error;
    });
    return this.#consoles;
  }

  #endConsoles(): void {
    this.#consoles?.then((consoles) => consoles.end()).catch(() => {}); // not loaded: nothing to end
  }

  #fail(ticket: number, error: unknown): void {
    this.#outbox.post(answerToGateway(ticket, errorAnswer(toRpcError(error, "answer", look))));
  }
}
