// Begins and ends the run of one expression: sends its code to a process, and one answer to the caller. In between,
// expression-flow.ts passes on its calls and its output. It ends early at the caller's deadline, when it has used its own time, or when a caller cancels it.
import { errorAnswer, resultAnswer, taskErrorAnswer, type Answer } from "../../../shared/messages/answer.ts";
import type { RpcCode, RpcError } from "../../../shared/errors.ts";
import { expressionName } from "../../../shared/expression-name.ts";
import type { CancelResult, RunDescription } from "../../../shared/messages/messages.ts";
import { defined } from "../../../shared/messages/protocol.ts";
import { thrownHeading } from "../../../shared/messages/thrown.ts";
import { toRpcError } from "../../../shared/to-rpc-error.ts";
import { within } from "../../../shared/within.ts";
import type { Admission } from "../admission/admission.ts";
import type { FromSandbox } from "../../border/sandbox-messages.ts";
import {
  calledNothing,
  deadlinePassed,
  expressionCancelled,
  notReadable,
  ownTimePassed,
  processLost,
  valueNotSent,
  type Remains,
} from "./expression-errors.ts";
import { ExpressionFlow } from "./expression-flow.ts";
import type { ExpressionProcess, ProcessUser } from "./expression-process.ts";
import { OWN_TIME_MS, STOP_GRACE_MS, STOP_WAIT_MS } from "../admission/limits.ts";
import type { Notify } from "../relay/output-relay.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";
import type { Relays } from "../relay/relays.ts";
import type { TaskCall } from "./task-calls.ts";

/** An expression to evaluate. */
export interface Expression {
  code: string;
  run: string;
  timeoutMs: number | undefined;
  lossless: boolean | undefined;
  /** True if no later expression shares its variables. */
  isWhole: boolean;
}

/** The options of {@link ExpressionRun}. */
export interface ExpressionRunOptions {
  process: ExpressionProcess;
  relays: Relays;
  admission: Admission;
  notify: Notify;
  /** Receives the one answer. */
  respond: (answer: Answer) => void;
}

/** How many failed calls are remembered, in case the expression throws the error of one of them. */
const REMEMBERED_FAILURES = 100;

/** The run of one expression. */
export class ExpressionRun implements ProcessUser {
  readonly run: string;
  readonly #expression: Expression;
  readonly #options: ExpressionRunOptions;
  readonly #process: ExpressionProcess;
  readonly #flow: ExpressionFlow;
  readonly #deadline: NodeJS.Timeout | undefined;
  readonly #failures = new Map<number, Answer>();
  readonly #startedAt = monotonicMs();
  #started = false;
  #stopping: Promise<string[]> | undefined;
  #answered = false;

  constructor(expression: Expression, options: ExpressionRunOptions) {
    const { run, timeoutMs, lossless } = expression;
    const { process, relays, admission, notify } = options;
    this.run = run;
    this.#expression = expression;
    this.#options = options;
    this.#process = process;
    this.#flow = new ExpressionFlow({
      ...{ run, lossless, process, relays, admission, notify },
      answered: (call, answer) => answer.kind === "error" && this.#remember(call, answer),
      ownTimePassed: () => void this.#giveUp(ownTimePassed, OWN_TIME_MS),
    });
    if (timeoutMs !== undefined)
      this.#deadline = setTimeout(() => void this.#giveUp(deadlinePassed, timeoutMs), timeoutMs);
  }

  /** Starts the expression. Every outcome is reported in the answer. */
  async start(): Promise<void> {
    this.#process.begin(this);
    try {
      const [tasks] = await Promise.all([this.#taskNames(), this.#process.ready]);
      if (this.#stopping) return;
      this.#started = true;
      const { code, isWhole } = this.#expression;
      this.#process.tell({ type: "evaluate", code, tasks, isWhole });
    } catch (error) {
      this.#fail(toRpcError(error));
    }
  }

  /** Called when the caller is gone. The expression continues, as a task does. */
  abandon(): void {
    this.#flow.output.end();
  }

  /** Ends the expression and its calls. Answers when they have stopped, or after `waitMs`. */
  async cancel(waitMs: number): Promise<CancelResult> {
    const running = await this.#stop(waitMs);
    this.#answer(errorAnswer(expressionCancelled(this.#remains(running))));
    const state = this.#started ? (running.length > 0 ? "running" : "stopped") : "not-started";
    return { run: this.run, state };
  }

  /** The run as `runs` shows it. */
  describe(): RunDescription {
    const state = this.#stopping ? "cancelling" : "running";
    return { run: this.run, task: this.#name, elapsedMs: Math.round(monotonicMs() - this.#startedAt), state };
  }

  hear(message: FromSandbox): void {
    switch (message.type) {
      case "call":
        return this.#call(message);
      case "print":
        return this.#flow.print(message.stream, message.text);
      case "waiting":
        return this.#flow.waits(message.heard);
      case "returned":
        return this.#end(resultAnswer({ run: this.run, ...message.result, ...defined({ text: message.text }) }));
      case "threw":
        return this.#threw(message);
      case "unserializable":
        return this.#end(errorAnswer(valueNotSent(this.#remains(), message)));
      case "uncalled":
        return this.#end(errorAnswer(calledNothing(this.#remains(), message.reason)));
      case "unreadable":
        return this.#end(errorAnswer(notReadable(this.#remains(), message.reason)));
      case "ready":
        return;
    }
  }

  lost(code: RpcCode, reason: string): void {
    if (!this.#stopping) this.#fail(processLost(this.#remains(), [code, reason]));
  }

  #call(call: TaskCall): void {
    try {
      this.#flow.call(call);
    } catch (error) {
      // What the process sends after this must not go to the next expression of its session.
      this.#process.kill();
      this.#fail(processLost(this.#remains(), ["BAD_ARGUMENTS", toRpcError(error).message]));
    }
  }

  /**
   * If the expression threw the error of a failed call, that error is passed on unchanged. Any other error is the
   * expression's own.
   */
  #threw({ thrown, call, exitCode }: Extract<FromSandbox, { type: "threw" }>): void {
    const passedOn = call === undefined ? undefined : this.#failures.get(call);
    const data = { run: this.run, thrown, ...(exitCode !== undefined && { exitCode }) };
    this.#end(passedOn ?? taskErrorAnswer(`"${this.#name}" threw ${thrownHeading(thrown)}`, data));
  }

  #remember(call: number, answer: Answer): void {
    this.#failures.set(call, answer);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > REMEMBERED_FAILURES && oldest !== undefined) this.#failures.delete(oldest);
  }

  #fail(error: RpcError): void {
    this.#end(errorAnswer(error));
  }

  /** Called when the expression has ended normally: calls that it has not awaited end with it. */
  #end(answer: Answer): void {
    if (this.#stopping || this.#answered) return;
    if (this.#flow.calls.size === 0) return this.#answer(answer);
    void this.#stop(STOP_WAIT_MS).then(() => this.#answer(answer));
  }

  async #giveUp(verdict: (remains: Remains, ms: number) => RpcError, ms: number): Promise<void> {
    const running = await this.#stop(STOP_GRACE_MS);
    this.#answer(errorAnswer(verdict(this.#remains(running), ms)));
  }

  /**
   * Ends the process, cancels the calls and waits for them, no longer than `waitMs` even if an earlier caller waits
   * longer. Resolves to the tasks that continue nevertheless.
   */
  #stop(waitMs: number): Promise<string[]> {
    this.#process.kill();
    this.#flow.ownTime.stop();
    this.#stopping ??= this.#flow.calls.cancelAll(waitMs);
    return within(waitMs, this.#stopping, { late: () => this.#flow.calls.tasks });
  }

  #answer(answer: Answer): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#deadline);
    this.#flow.end();
    this.#process.leave();
    this.#options.respond(answer);
  }

  async #taskNames(): Promise<string[]> {
    const { admission, relays } = this.#options;
    const known = admission.tasks.names;
    if (known) return known;
    const { tasks } = await relays.ask("describe", { retry: true });
    return tasks.map(({ name }) => name);
  }

  get #name(): string {
    return expressionName(this.#expression.code);
  }

  #remains(running: string[] = []): Remains {
    return { run: this.run, name: this.#name, started: this.#started, running };
  }
}
