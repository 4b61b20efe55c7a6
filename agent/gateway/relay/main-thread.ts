// Connects the gateway to the main thread: sends messages, asks whether the app is ready, and opens a port for each
// connection.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Readiness } from "../../../shared/messages/messages.ts";
import { defined } from "../../../shared/messages/protocol.ts";
import type { FromGateway, ToGateway } from "../../border/channel.ts";

/** The app's own answer to whether it is ready. */
export interface ReadyAnswer {
  ready: Readiness;
  reason?: string;
  /** What decides it, in words that follow "ready when". */
  readyWhen?: string;
}

/** The main thread. */
export class MainThread {
  readonly #port: MessagePort;
  readonly #questions = new Map<number, (answer: ReadyAnswer) => void>();
  #lastQuestion = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Sends a message to the main thread. */
  tell(message: FromGateway, transfer: MessagePort[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Opens a port to the runner for a connection with this table of tickets. */
  openPort(table: SharedArrayBuffer): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.tell({ type: "connected", channel: { port: port2, table } }, [port2]);
    return port1;
  }

  /** Asks whether the app is ready; undefined when it has not answered within the limit. */
  askReady(limitMs: number): Promise<ReadyAnswer | undefined> {
    const question = ++this.#lastQuestion;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#questions.delete(question) && resolve(undefined), limitMs);
      this.#questions.set(question, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.tell({ type: "ready?", question });
    });
  }

  /** Takes the main thread's answer to {@link askReady}. */
  hearReady({ question, ready, reason, when }: Extract<ToGateway, { type: "ready" }>): void {
    this.#questions.get(question)?.({ ready, ...defined({ reason }), readyWhen: when });
    this.#questions.delete(question);
  }
}
