// Holds the expressions of one connection, and its sessions: expressions that name the same session share one process,
// and so their variables. Sessions end with the connection.
import { RpcError } from "../../../shared/errors.ts";
import type { Admission } from "../admission/admission.ts";
import type { ExpressionProcess } from "./expression-process.ts";
import { ExpressionRun, type Expression } from "./expression-run.ts";
import type { ExpressionRuns } from "./expression-runs.ts";
import type { Notify } from "../relay/output-relay.ts";
import type { Respond } from "../relay/pending.ts";
import type { Relays } from "../relay/relays.ts";

/** What expressions depend on. */
export interface ExpressionsOptions {
  runs: ExpressionRuns;
  relays: Relays;
  admission: Admission;
  notify: Notify;
}

/** One connection's expressions. */
export class Expressions {
  readonly #options: ExpressionsOptions;
  readonly #sessions = new Map<string, ExpressionProcess>();
  readonly #running = new Set<ExpressionRun>();
  #ended = false;

  constructor(options: ExpressionsOptions) {
    this.#options = options;
  }

  /** @throws RpcError TOO_MANY, BAD_ARGUMENTS or LIMIT_EXCEEDED when the expression cannot begin. */
  evaluate(expression: Expression, session: string | undefined, respond: Respond): void {
    const { runs, ...reached } = this.#options;
    runs.check(expression);
    const process = this.#processOf(session);
    const run = new ExpressionRun(expression, {
      ...reached,
      process,
      respond: (answer) => {
        runs.delete(run);
        this.#running.delete(run);
        if (session === undefined || this.#ended) process.kill();
        respond(answer);
      },
    });
    runs.add(run);
    this.#running.add(run);
    void run.start();
  }

  /** Called when the caller is gone: sessions end, and expressions in progress run to their end. */
  end(): void {
    this.#ended = true;
    for (const run of this.#running) run.abandon();
    for (const process of this.#sessions.values()) if (!process.isBusy) process.kill();
  }

  #processOf(session: string | undefined): ExpressionProcess {
    if (session === undefined) return this.#options.runs.openProcess();
    const open = this.#sessions.get(session);
    if (open?.isBusy)
      throw new RpcError("TOO_MANY", `Cannot evaluate: the session "${session}" is busy with another expression`);
    if (open?.isAlive) return open;
    const process = this.#options.runs.openProcess();
    this.#sessions.set(session, process);
    return process;
  }
}
