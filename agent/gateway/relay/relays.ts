// Holds the relays of all callers, clients and expressions: the runs that they have forwarded, and the gateway's own
// questions.
import type { Answer } from "../../../shared/messages/answer.ts";
import { RpcError } from "../../../shared/errors.ts";
import type { ErrorObject, RunDescription } from "../../../shared/messages/messages.ts";
import type { Params, Result } from "../../../shared/messages/methods.ts";
import { requestMessage } from "../../../shared/messages/protocol.ts";
import { readResult } from "../../../shared/messages/readers.ts";
import type { Admission } from "../admission/admission.ts";
import type { AppState } from "../admission/app-state.ts";
import { answerWithin, ask } from "./deadlines.ts";
import { QUICK_REQUEST_MS } from "../../border/limits.ts";
import type { MainThread } from "./main-thread.ts";
import type { Notify } from "./output-relay.ts";
import { Relay } from "./relay.ts";

/** The gateway's own questions to the runner. */
type Question = "describe" | "runs";

/** What a relay depends on. */
export interface RelaysOptions {
  app: AppState;
  mainThread: MainThread;
  admission: Admission;
}

/** The caller that a relay is for. */
export interface RelayCaller {
  /** How many requests the relay may have in flight at the same time. */
  tickets: number;
  notify: Notify;
  /** Called when the caller is gone and nothing waits for the main thread. */
  finished?: () => void;
}

/** The relays that are open. */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #open = new Set<Relay>();

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Opens a relay. It stays until its caller has ended it and its runs have ended. */
  open({ tickets, notify, finished }: RelayCaller): Relay {
    const { mainThread, admission } = this.#options;
    const relay = new Relay({
      mainThread,
      waiting: admission.waiting,
      tickets,
      notify,
      finished: () => {
        this.#open.delete(relay);
        finished?.();
      },
    });
    this.#open.add(relay);
    return relay;
  }

  /**
   * Sends the runner a request, as a client would, and resolves to the result.
   *
   * @throws RpcError when the runner does not answer in time, or answers with an error.
   */
  async ask<M extends Question>(method: M, params: Params<M>): Promise<Result<M>> {
    const relay = this.open({ tickets: 1, notify: (_notification, written) => written() });
    const { app } = this.#options;
    const text = requestMessage(1, method, params);
    try {
      const { kind, json } = await new Promise<Answer>((resolve) => {
        ask(relay, { text, respond: resolve }, answerWithin(app, method, QUICK_REQUEST_MS));
      });
      // Our own gateway or runner wrote this error object.
      if (kind === "error") throw toRpcError(JSON.parse(json) as ErrorObject);
      return readResult(method, JSON.parse(json), app.name);
    } finally {
      relay.end();
    }
  }

  /** The runs that were forwarded and have not ended. */
  get runs(): RunDescription[] {
    return [...this.#open].flatMap(({ runs }) => runs);
  }

  /** True when a forwarded run has begun and its end is not known. */
  hasStarted(run: string): boolean {
    return this.runs.some((known) => known.run === run && known.state !== "queued");
  }

  /** Withdraws a run's call for any caller; false when the call has started or is unknown here. */
  withdrawRun(run: string): boolean {
    return [...this.#open].some((relay) => relay.withdrawRun(run));
  }

  /** Resolves when nothing waits for the main thread. */
  async settled(): Promise<void> {
    await Promise.all([...this.#open].map((relay) => relay.settled()));
  }

  /** Closes the consoles of all callers. */
  closeConsoles(): void {
    for (const relay of this.#open) relay.closeConsoles();
  }

  /** Called when the agent closes: answers the callers whose tasks have ignored that. */
  abandon(): void {
    for (const relay of this.#open) relay.abandon();
  }
}

function toRpcError({ message, data }: ErrorObject): RpcError {
  return new RpcError(data && "code" in data ? data.code : "INTERNAL", message);
}
