// The tasks that an expression calls. Towards the runner an expression is a client like any other: each of its calls is a
// request with a run of its own, checked and recorded as every call is.
import { defined, requestMessage } from "../../shared/protocol.ts";
import { Connection, type Peer } from "./connection.ts";
import type { EncodedArguments } from "./evaluator-messages.ts";
import type { Gateway } from "./gateway.ts";

/** Our runner's responses to numbered requests begin like this. */
const NUMBERED = /^\{"jsonrpc":"2\.0","id":(\d+),"(result|error)":/;

/** Who hears how the calls go. */
export interface CallListener {
  notify(text: string, written: () => void): void;
  /** A call has ended. */
  answered(call: number, response: string, failed: boolean): void;
  /** A call was no request that the protocol knows. */
  rejected(reason: string): void;
}

/** A call as an expression makes it. */
export interface TaskCall {
  call: number;
  task: string;
  args: EncodedArguments;
}

/** The expression that calls. */
interface Calling {
  run: string;
  lossless: boolean | undefined;
}

/** The calls of one expression. */
export class TaskCalls implements Peer {
  readonly #run: string;
  readonly #lossless: boolean | undefined;
  readonly #listener: CallListener;
  readonly #connection: Connection;
  readonly #inFlight = new Map<number, { run: string; task: string }>();
  #emptied: () => void = () => {};
  #cancels = 0;

  constructor({ run, lossless }: Calling, listener: CallListener, gateway: Gateway) {
    this.#run = run;
    this.#lossless = lossless;
    this.#listener = listener;
    this.#connection = new Connection(this, gateway);
  }

  /** How many have not been answered. */
  get size(): number {
    return this.#inFlight.size;
  }

  call({ call, task, args }: TaskCall): void {
    const run = `${this.#run.slice(0, 48)}-${call}`;
    this.#inFlight.set(call, { run, task });
    this.#connection.receive(
      requestMessage(call, "call", { task, run, ...args, ...defined({ lossless: this.#lossless }) }),
    );
  }

  /** Cancels what is in flight and waits for it to stop; resolves to the names of the tasks that have not. */
  async cancelAll(waitMs: number): Promise<string[]> {
    if (this.size === 0) return [];
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve));
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, waitMs)));
    // What becomes of each is told by its own answer.
    for (const { run } of this.#inFlight.values())
      this.#connection.receive(requestMessage(`cancel-${++this.#cancels}`, "cancel", { run, waitMs }));
    await Promise.race([emptied, limit]);
    clearTimeout(timer);
    return [...this.#inFlight.values()].map(({ task }) => task);
  }

  /** The expression has ended. Runs that go on are nobody's. */
  end(): void {
    this.#connection.end();
  }

  notify(text: string, written: () => void): void {
    this.#listener.notify(text, written);
  }

  respond(text: string, written?: () => void): void {
    written?.(); // what waits for the expression's process is bounded by its own limits
    const [, number, outcome] = NUMBERED.exec(text) ?? [];
    if (number !== undefined) this.#answered(Number(number), text, outcome === "error");
  }

  reject(_text: string, reason: string): void {
    this.#listener.rejected(reason);
  }

  setBusy(): void {} // it takes no place of a client's

  #answered(call: number, response: string, failed: boolean): void {
    this.#inFlight.delete(call);
    this.#listener.answered(call, response, failed);
    if (this.size === 0) this.#emptied();
  }
}
