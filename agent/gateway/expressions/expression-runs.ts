// Holds every expression in progress in this agent, from any connection, so that `cancel` and `runs` find it, and so
// that there are never more processes than the limit.
import { fileURLToPath } from "node:url";
import { RpcError } from "../../../shared/errors.ts";
import type { RunDescription } from "../../../shared/messages/messages.ts";
import { sandboxCommand } from "./confine.ts";
import { ExpressionProcess } from "./expression-process.ts";
import type { Expression, ExpressionRun } from "./expression-run.ts";
import { CODE_CHARS, EXPRESSION_PROCESSES } from "../admission/limits.ts";

/** How long an expression may take to stop when the agent closes. */
const CLOSE_WAIT_MS = 100;

/** The expressions of one agent, and the processes that evaluate them. */
export class ExpressionRuns {
  readonly #messageBytes: number;
  readonly #running = new Map<string, ExpressionRun>();
  #processes: ExpressionProcess[] = [];
  #settled: (() => void)[] = [];

  constructor({ messageBytes }: { messageBytes: number }) {
    this.#messageBytes = messageBytes;
    // When the thread ends, no process may remain.
    process.on("exit", () => this.#killAll());
  }

  find(run: string): ExpressionRun | undefined {
    return this.#running.get(run);
  }

  /** How many expressions are in progress. */
  get size(): number {
    return this.#running.size;
  }

  /** The expressions in progress, as `runs` shows them. */
  describe(): RunDescription[] {
    return [...this.#running.values()].map((run) => run.describe());
  }

  /** @throws RpcError BAD_ARGUMENTS or LIMIT_EXCEEDED when the expression cannot begin. */
  check({ code, run }: Expression): void {
    if (this.#running.has(run))
      throw new RpcError("BAD_ARGUMENTS", `Cannot start run "${run}": that id is in flight`, { run });
    if (code.length > CODE_CHARS)
      throw new RpcError("LIMIT_EXCEEDED", `Cannot evaluate: the code is longer than ${CODE_CHARS} characters`);
  }

  /** @throws RpcError TOO_MANY when the limit of processes is reached. */
  openProcess(): ExpressionProcess {
    this.#processes = this.#processes.filter(({ isAlive }) => isAlive);
    if (this.#processes.length >= EXPRESSION_PROCESSES)
      throw new RpcError(
        "TOO_MANY",
        `Cannot evaluate: ${EXPRESSION_PROCESSES} expressions or safe consoles are open already`,
      );
    const file = fileURLToPath(new URL("./evaluator.cjs", import.meta.url));
    const opened = new ExpressionProcess(sandboxCommand(file), this.#messageBytes);
    this.#processes.push(opened);
    return opened;
  }

  add(run: ExpressionRun): void {
    this.#running.set(run.run, run);
  }

  delete(run: ExpressionRun): void {
    this.#running.delete(run.run);
    if (this.size === 0) for (const settle of this.#settled.splice(0)) settle();
  }

  /** Resolves when no expression is in progress. */
  settled(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve));
  }

  /** Called when the agent closes: every caller gets an answer, and no process remains. */
  close(): void {
    for (const run of this.#running.values()) void run.cancel(CLOSE_WAIT_MS);
    this.#killAll();
  }

  #killAll(): void {
    for (const opened of this.#processes) opened.kill();
  }
}
