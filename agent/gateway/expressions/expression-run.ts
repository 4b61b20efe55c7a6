// Runs one expression: sends its code to a process, its calls to the runner, and its output and one answer to the
// caller. It ends early at the caller's deadline, when it has used its own time, or when a caller cancels it.
import {
  answerMessage,
  errorAnswer,
  resultAnswer,
  taskErrorAnswer,
  type Answer,
} from "../../../shared/messages/answer.ts";
import type { RpcCode, RpcError } from "../../../shared/errors.ts";
import { expressionName } from "../../../shared/expression-name.ts";
import type { CancelResult, RunDescription } from "../../../shared/messages/messages.ts";
import { defined } from "../../../shared/messages/protocol.ts";
import { thrownHeading } from "../../../shared/messages/thrown.ts";
import { toRpcError } from "../../../shared/to-rpc-error.ts";
import { within } from "../../../shared/within.ts";
import type { Admission } from "../admission/admission.ts";
import type { FromSandbox, OutputStream } from "../../border/sandbox-messages.ts";
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
import { ExpressionOutput } from "./expression-output.ts";
import type { ExpressionProcess, ProcessUser } from "./expression-process.ts";
import { TASK_CALLS } from "../../border/limits.ts";
import { OWN_TIME_MS, STOP_GRACE_MS, STOP_WAIT_MS } from "../admission/limits.ts";
import type { Notify } from "../relay/output-relay.ts";
import { OwnTime } from "./own-time.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";
import type { Relays } from "../relay/relays.ts";
import { TaskCalls, type TaskCall } from "./task-calls.ts";

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
  readonly #calls: TaskCalls;
  readonly #output: ExpressionOutput;
  readonly #ownTime: OwnTime;
  readonly #deadline: NodeJS.Timeout | undefined;
  readonly #failures = new Map<number, Answer>();
  readonly #startedAt = monotonicMs();
  #started = false;
  #waitsForReader = false;
  /** True while the expression waits for one of its calls to be answered. */
  #isWaiting = false;
  #stopping: Promise<string[]> | undefined;
  #answered = false;

  constructor(expression: Expression, options: ExpressionRunOptions) {
    const { run, timeoutMs, lossless } = expression;
    const { process, relays, admission } = options;
    this.run = run;
    this.#expression = expression;
    this.#options = options;
    this.#process = process;
    this.#output = new ExpressionOutput(run, options.notify, () => this.#readerIsBack());
    this.#calls = new TaskCalls({
      run,
      lossless,
      relays,
      admission,
      notify: (notification, written) => this.#output.forward(notification, written),
      answered: (call, answer) => this.#callAnswered(call, answer),
    });
    this.#ownTime = new OwnTime(OWN_TIME_MS, () => void this.#giveUp(ownTimePassed, OWN_TIME_MS));
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
    this.#output.end();
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
        return this.#print(message.stream, message.text);
      case "waiting":
        return this.#waits(message.heard);
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
      this.#calls.call(call);
    } catch (error) {
      // What the process sends after this must not go to the next expression of its session.
      this.#process.kill();
      return this.#fail(processLost(this.#remains(), ["BAD_ARGUMENTS", toRpcError(error).message]));
    }
    // The process keeps to this limit, unless code has escaped the sandbox.
    if (this.#calls.size > TASK_CALLS) this.#process.pause();
  }

  /**
   * Stops the clock until the process gets its next message. A report that is older than the last message to the
   * process is ignored.
   */
  #waits(heard: number): void {
    if (heard !== this.#process.told || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#ownTime.hold();
  }

  #callAnswered(call: number, answer: Answer): void {
    if (answer.kind === "error") this.#remember(call, answer);
    this.#process.tell({ type: "answer", response: answerMessage(call, answer) });
    if (this.#isWaiting) this.#ownTime.release();
    this.#isWaiting = false;
    this.#readOn();
  }

  #print(stream: OutputStream, text: string): void {
    this.#output.print(stream, text);
    if (!this.#output.isFull) return;
    this.#waitsForReader = true;
    this.#ownTime.hold();
    this.#process.pause();
  }

  #readerIsBack(): void {
    if (!this.#waitsForReader) return;
    this.#waitsForReader = false;
    this.#ownTime.release();
    this.#readOn();
  }

  #readOn(): void {
    if (this.#calls.size <= TASK_CALLS && !this.#waitsForReader) this.#process.resume();
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
    if (this.#calls.size === 0) return this.#answer(answer);
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
    this.#ownTime.stop();
    this.#stopping ??= this.#calls.cancelAll(waitMs);
    return within(waitMs, this.#stopping, { late: () => this.#calls.tasks });
  }

  #answer(answer: Answer): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#deadline);
    this.#ownTime.stop();
    this.#output.flush();
    this.#calls.end();
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
