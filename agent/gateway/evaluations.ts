// Every evaluation that is under way in this agent, whichever connection it came from: so that `cancel` and `runs` find
// them, and so that there are never more processes than the limit.
import { fileURLToPath } from "node:url";
import { RpcError } from "../../shared/errors.ts";
import type { RunDescription, RunsResult } from "../../shared/messages.ts";
import { askRunner } from "./ask-runner.ts";
import { evaluatorCommand } from "./confine.ts";
import { Evaluation, type Expression, type Surroundings } from "./evaluation.ts";
import { Evaluator } from "./evaluator.ts";
import type { Gateway } from "./gateway.ts";
import { CODE_CHARS, EVALUATORS } from "./limits.ts";

/** How long what is evaluated may take to stop when the agent closes. */
const CLOSE_WAIT_MS = 100;

/** The evaluations of one agent, and the processes that they run in. */
export class Evaluations {
  readonly #gateway: Gateway;
  readonly #running = new Map<string, Evaluation>();
  #evaluators: Evaluator[] = [];

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    // A thread that ends leaves no process behind.
    process.on("exit", () => this.#evaluators.forEach((evaluator) => evaluator.kill()));
  }

  find(run: string): Evaluation | undefined {
    return this.#running.get(run);
  }

  /** @throws RpcError TOO_MANY when there are as many as there may be. */
  openEvaluator(): Evaluator {
    this.#evaluators = this.#evaluators.filter(({ isAlive }) => isAlive);
    if (this.#evaluators.length >= EVALUATORS)
      throw new RpcError("TOO_MANY", `Cannot evaluate: ${EVALUATORS} expressions or safe consoles are open already`);
    const file = fileURLToPath(new URL("./evaluator.cjs", import.meta.url));
    const evaluator = new Evaluator(evaluatorCommand(file), this.#gateway.limits.messageBytes);
    this.#evaluators.push(evaluator);
    return evaluator;
  }

  /** @throws RpcError BAD_ARGUMENTS or LIMIT_EXCEEDED when it cannot begin. */
  check({ code, run }: Expression): void {
    if (this.#running.has(run))
      throw new RpcError("BAD_ARGUMENTS", `Cannot start run "${run}": that id is in flight`, { run });
    if (code.length > CODE_CHARS)
      throw new RpcError("LIMIT_EXCEEDED", `Cannot evaluate: the code is longer than ${CODE_CHARS} characters`);
  }

  start(expression: Expression, around: Omit<Surroundings, "gateway">): Evaluation {
    const respond = (text: string) => {
      this.#running.delete(expression.run);
      around.respond(text);
    };
    const evaluation = new Evaluation(expression, { ...around, respond, gateway: this.#gateway });
    this.#running.set(expression.run, evaluation);
    void evaluation.start();
    return evaluation;
  }

  /** How many are under way. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * The runs in flight: those of the runner, and these.
   *
   * @throws RpcError when the runner does not tell, although its event loop turns.
   */
  async describeRuns(): Promise<RunsResult> {
    const result = await askRunner<RunsResult>(this.#gateway, { method: "runs", params: {} });
    if (result.stalledMs !== undefined) return result; // the gateway's own answer, with all that it knows
    return { runs: oldestFirst([...result.runs, ...this.describe()]) };
  }

  /** Those under way, as `runs` shows them. */
  describe(): RunDescription[] {
    return [...this.#running.values()].map((evaluation) => evaluation.describe());
  }

  /** The agent closes: whoever waits for an evaluation is told so, and no process is left. */
  close(): void {
    for (const evaluation of this.#running.values()) void evaluation.cancel(CLOSE_WAIT_MS);
    for (const evaluator of this.#evaluators) evaluator.kill();
  }
}

/** Runs in the order in which `runs` lists them. */
export function oldestFirst(runs: RunDescription[]): RunDescription[] {
  return runs.sort((a, b) => b.elapsedMs - a.elapsedMs);
}
