// One expression on its way: its code goes to an evaluator, its calls to the runner, its output and its one answer to the
// caller. Three clocks can end it: the caller's deadline, its own time, and whoever cancels it.
import { answerMessage, taskErrorAnswer } from "../../shared/answer.ts";
import type { RpcCode, RpcError } from "../../shared/errors.ts";
import { expressionName } from "../../shared/expression-name.ts";
import type { CancelResult, DescribeResult, RequestId, RunDescription } from "../../shared/messages.ts";
import { defined, errorMessage, resultMessage } from "../../shared/protocol.ts";
import { thrownHeading } from "../../shared/thrown.ts";
import { askRunner } from "./ask-runner.ts";
import {
  calledNothing,
  deadlinePassed,
  evaluationCancelled,
  evaluatorLost,
  notReadable,
  ownTimePassed,
  valueNotSent,
  type Remains,
} from "./evaluation-errors.ts";
import { EvaluationOutput } from "./evaluation-output.ts";
import type { Evaluator, EvaluatorUser } from "./evaluator.ts";
import type { FromEvaluator, OutputStream } from "./evaluator-messages.ts";
import { OWN_TIME_MS, STOP_GRACE_MS, STOP_WAIT_MS, TASK_CALLS } from "./limits.ts";
import { OwnTime } from "./own-time.ts";
import { monotonicMs } from "./pulse.ts";
import { TaskCalls, type CallListener, type TaskCall } from "./task-calls.ts";
import type { Gateway } from "./gateway.ts";

/** What is to be evaluated. */
export interface Expression {
  id: RequestId;
  code: string;
  run: string;
  timeoutMs: number | undefined;
  lossless: boolean | undefined;
  /** Nothing follows it that shares its variables. */
  isWhole: boolean;
}

/** What an evaluation needs around it. */
export interface Surroundings {
  evaluator: Evaluator;
  gateway: Gateway;
  notify: (text: string, written: () => void) => void;
  /** Takes the one response. */
  respond: (text: string) => void;
}

/** Failed calls whose errors are remembered, for the expression that throws one of them on. */
const REMEMBERED_FAILURES = 100;

/** One evaluation. */
export class Evaluation implements EvaluatorUser, CallListener {
  readonly run: string;
  readonly #expression: Expression;
  readonly #around: Surroundings;
  readonly #calls: TaskCalls;
  readonly #output: EvaluationOutput;
  readonly #ownTime: OwnTime;
  readonly #deadline: NodeJS.Timeout | undefined;
  readonly #failures = new Map<number, string>();
  readonly #startedAt = monotonicMs();
  #started = false;
  #waitsForReader = false;
  #stopping: Promise<string[]> | undefined;
  #answered = false;

  constructor(expression: Expression, around: Surroundings) {
    const { run, timeoutMs, lossless } = expression;
    this.run = run;
    this.#expression = expression;
    this.#around = around;
    this.#calls = new TaskCalls({ run, lossless }, this, around.gateway);
    this.#output = new EvaluationOutput(run, around.notify, () => this.#readerIsBack());
    this.#ownTime = new OwnTime(OWN_TIME_MS, () => void this.#giveUp(ownTimePassed, OWN_TIME_MS));
    if (timeoutMs !== undefined)
      this.#deadline = setTimeout(() => void this.#giveUp(deadlinePassed, timeoutMs), timeoutMs);
  }

  /** Begins; everything that follows is told to the surroundings. */
  async start(): Promise<void> {
    const { evaluator } = this.#around;
    evaluator.user = this;
    try {
      const [tasks] = await Promise.all([this.#taskNames(), evaluator.ready]);
      if (this.#stopping) return;
      this.#started = true;
      const { code, isWhole } = this.#expression;
      evaluator.tell({ type: "evaluate", code, tasks, isWhole });
    } catch (error) {
      this.#fail(error as RpcError); // askRunner rejects with nothing else
    }
  }

  /** Nobody listens any more; it goes on, as a task does. */
  abandon(): void {
    this.#output.end();
  }

  /** Ends it, and its calls; answers when they have stopped, or after `waitMs`. */
  async cancel(waitMs: number): Promise<CancelResult> {
    const running = await this.#stop(waitMs);
    this.#answer(errorMessage(this.#expression.id, evaluationCancelled(this.#remains(running))));
    const state = this.#started ? (running.length > 0 ? "running" : "stopped") : "not-started";
    return { run: this.run, state };
  }

  /** The evaluation as `runs` shows it. */
  describe(): RunDescription {
    const state = this.#stopping ? "cancelling" : "running";
    return { run: this.run, task: this.#name, elapsedMs: Math.round(monotonicMs() - this.#startedAt), state };
  }

  hear(message: FromEvaluator): void {
    const { id } = this.#expression;
    switch (message.type) {
      case "call":
        return this.#call(message);
      case "print":
        return this.#print(message.stream, message.text);
      case "returned":
        return this.#end(resultMessage(id, { run: this.run, ...message.result, ...defined({ text: message.text }) }));
      case "threw":
        return this.#threw(message);
      case "unserializable":
        return this.#end(errorMessage(id, valueNotSent(this.#remains(), message)));
      case "uncalled":
        return this.#end(errorMessage(id, calledNothing(this.#remains(), message.reason)));
      case "unreadable":
        return this.#end(errorMessage(id, notReadable(this.#remains(), message.reason)));
      case "ready":
        return;
    }
  }

  lost(code: RpcCode, reason: string): void {
    if (!this.#stopping) this.#fail(evaluatorLost(this.#remains(), [code, reason]));
  }

  notify(text: string, written: () => void): void {
    this.#output.forward(text, written);
  }

  answered(call: number, response: string, failed: boolean): void {
    if (failed) this.#remember(call, response);
    this.#around.evaluator.tell({ type: "answer", response });
    this.#ownTime.release();
    this.#readOn();
  }

  rejected(reason: string): void {
    this.#fail(evaluatorLost(this.#remains(), ["BAD_ARGUMENTS", reason]));
  }

  #call(call: TaskCall): void {
    this.#ownTime.hold();
    this.#calls.call(call);
    if (this.#calls.size >= TASK_CALLS) this.#around.evaluator.pause();
  }

  #print(stream: OutputStream, text: string): void {
    this.#output.print(stream, text);
    if (!this.#output.isFull) return;
    this.#waitsForReader = true;
    this.#ownTime.hold();
    this.#around.evaluator.pause();
  }

  #readerIsBack(): void {
    if (!this.#waitsForReader) return;
    this.#waitsForReader = false;
    this.#ownTime.release();
    this.#readOn();
  }

  #readOn(): void {
    if (this.#calls.size < TASK_CALLS && !this.#waitsForReader) this.#around.evaluator.resume();
  }

  /** The error of a call that nobody caught is passed on as it came; any other is the expression's own. */
  #threw({ thrown, call, exitCode }: Extract<FromEvaluator, { type: "threw" }>): void {
    const { id } = this.#expression;
    const passedOn = call === undefined ? undefined : this.#failures.get(call);
    const data = { run: this.run, thrown, ...(exitCode !== undefined && { exitCode }) };
    this.#end(
      passedOn === undefined
        ? answerMessage(id, taskErrorAnswer(`"${this.#name}" threw ${thrownHeading(thrown)}`, data))
        : withId(passedOn, id),
    );
  }

  #remember(call: number, response: string): void {
    this.#failures.set(call, response);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > REMEMBERED_FAILURES && oldest !== undefined) this.#failures.delete(oldest);
  }

  #fail(error: RpcError): void {
    this.#end(errorMessage(this.#expression.id, error));
  }

  /** The expression has ended by itself: what it has called and not waited for ends with it. */
  #end(response: string): void {
    if (this.#stopping || this.#answered) return;
    if (this.#calls.size === 0) return this.#answer(response);
    void this.#stop(STOP_WAIT_MS).then(() => this.#answer(response));
  }

  async #giveUp(verdict: (remains: Remains, ms: number) => RpcError, ms: number): Promise<void> {
    const running = await this.#stop(STOP_GRACE_MS);
    this.#answer(errorMessage(this.#expression.id, verdict(this.#remains(running), ms)));
  }

  /** Ends the process, cancels the calls and waits for them; resolves to the tasks that go on all the same. */
  #stop(waitMs: number): Promise<string[]> {
    this.#around.evaluator.kill();
    this.#ownTime.stop();
    this.#stopping ??= this.#calls.cancelAll(waitMs);
    return this.#stopping;
  }

  #answer(response: string): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#deadline);
    this.#ownTime.stop();
    this.#output.flush();
    this.#calls.end();
    this.#around.evaluator.user = undefined;
    this.#around.respond(response);
  }

  async #taskNames(): Promise<string[]> {
    const known = this.#around.gateway.tasks.names;
    if (known) return [...known];
    const asked = { method: "describe", params: { retry: true } } as const;
    const { tasks } = await askRunner<DescribeResult>(this.#around.gateway, asked);
    return tasks.map(({ name }) => name);
  }

  get #name(): string {
    return expressionName(this.#expression.code);
  }

  #remains(running: string[] = []): Remains {
    return { run: this.run, name: this.#name, started: this.#started, running };
  }
}

/** A response of our own runner's, as the response to another request. */
function withId(response: string, id: RequestId): string {
  return response.replace(/^\{"jsonrpc":"2\.0","id":\d+/, () => `{"jsonrpc":"2.0","id":${JSON.stringify(id)}`);
}
