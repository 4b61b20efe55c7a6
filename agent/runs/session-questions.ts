// Answers what a connection asks of the main thread besides calls: the tasks, the runs, a cancel, a reload, and the
// app's end.
import { errorAnswer, resultAnswer, type Answer } from "../../shared/messages/answer.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Params, Result } from "../../shared/messages/methods.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import type { Claims } from "./claims.ts";
import { QUICK_REQUEST_MS } from "../border/limits.ts";
import { answerLifecycle } from "../lifecycle/lifecycle-requests.ts";
import type { Question } from "../tasks/passed-requests.ts";
import type { Runner } from "./runner.ts";
import { look } from "../tasks/thrown.ts";

/** How long `cancel` waits for the task to stop if the caller does not say. */
const CANCEL_WAIT_MS = 5000;

/** The questions of one connection. */
export class SessionQuestions {
  readonly #runner: Runner;
  readonly #claims: Claims;
  /** The reloads in flight, by ticket. */
  readonly #reloads = new Map<number, AbortController>();

  constructor(runner: Runner, claims: Claims) {
    this.#runner = runner;
    this.#claims = claims;
  }

  /** The answer to a question whose ticket has been claimed. */
  async answer(ticket: number, question: Question): Promise<Answer> {
    try {
      return resultAnswer(await this.#resultOf(ticket, question));
    } catch (error) {
      return errorAnswer(toRpcError(error, "answer", look));
    }
  }

  /** The question's deadline has passed. */
  expire(ticket: number): void {
    this.#reloads.get(ticket)?.abort(new RpcError("TIMEOUT", "The time of the reload is up"));
  }

  #resultOf(ticket: number, { method, params }: Question): object | Promise<object> {
    switch (method) {
      case "describe":
        return this.#runner.describe({ retry: params.retry === true });
      case "runs":
        return this.#runner.runs.describe();
      case "cancel":
        return this.#runner.runs.cancel(params.run, params.waitMs ?? CANCEL_WAIT_MS);
      case "reload":
        return this.#reload(ticket, params);
      default:
        return answerLifecycle(method, params);
    }
  }

  /** The gateway holds the deadline. It reports the end of it twice: in the ticket's state, and by a message. */
  async #reload(ticket: number, { timeoutMs = QUICK_REQUEST_MS }: Params<"reload">): Promise<Result<"reload">> {
    const over = new AbortController();
    this.#reloads.set(ticket, over);
    const isLate = () => this.#claims.isHurried(ticket);
    try {
      return await this.#runner.reload({ timeoutMs, signal: over.signal, isLate });
    } finally {
      this.#reloads.delete(ticket);
    }
  }
}
