// The expressions of one connection, and its sessions: expressions that name the same session share one process, and with
// it their variables. When the connection ends, so do they.
import { RpcError } from "../../shared/errors.ts";
import type { RequestId } from "../../shared/messages.ts";
import type { Evaluation, Expression } from "./evaluation.ts";
import type { Evaluations } from "./evaluations.ts";
import type { Evaluator } from "./evaluator.ts";

/** Where the answers go. */
export interface ExpressionCaller {
  notify(text: string, written: () => void): void;
  respond(id: RequestId, text: string): void;
}

/** One connection's expressions. */
export class Expressions {
  readonly #evaluations: Evaluations;
  readonly #caller: ExpressionCaller;
  readonly #sessions = new Map<string, Evaluator>();
  readonly #running = new Set<Evaluation>();
  #ended = false;

  constructor(evaluations: Evaluations, caller: ExpressionCaller) {
    this.#evaluations = evaluations;
    this.#caller = caller;
  }

  /** @throws RpcError when it cannot begin: TOO_MANY, BAD_ARGUMENTS or LIMIT_EXCEEDED. */
  evaluate(expression: Expression, session: string | undefined): void {
    this.#evaluations.check(expression);
    const evaluator = this.#evaluatorOf(session);
    const evaluation = this.#evaluations.start(expression, {
      evaluator,
      notify: (text, written) => this.#caller.notify(text, written),
      respond: (text) => {
        this.#running.delete(evaluation);
        if (session === undefined || this.#ended) evaluator.kill();
        this.#caller.respond(expression.id, text);
      },
    });
    this.#running.add(evaluation);
  }

  /** The caller is gone: sessions end, what is being evaluated ends by itself. */
  end(): void {
    this.#ended = true;
    for (const evaluation of this.#running) evaluation.abandon();
    for (const evaluator of this.#sessions.values()) if (evaluator.user === undefined) evaluator.kill();
  }

  #evaluatorOf(session: string | undefined): Evaluator {
    if (session === undefined) return this.#evaluations.openEvaluator();
    const open = this.#sessions.get(session);
    if (open?.user !== undefined)
      throw new RpcError("TOO_MANY", `Cannot evaluate: the session "${session}" is busy with another expression`);
    if (open?.isAlive) return open;
    const evaluator = this.#evaluations.openEvaluator();
    this.#sessions.set(session, evaluator);
    return evaluator;
  }
}
