// Passes on what an expression calls and prints while it runs. Nothing more is read from its process while it has too
// many calls in flight or its reader is slow, and its clock stands while it waits.
import { answerMessage, type Answer } from "../../../shared/messages/answer.ts";
import type { OutputStream } from "../../border/sandbox-messages.ts";
import { TASK_CALLS } from "../../border/limits.ts";
import type { Admission } from "../admission/admission.ts";
import { OWN_TIME_MS } from "../admission/limits.ts";
import type { Notify } from "../relay/output-relay.ts";
import type { Relays } from "../relay/relays.ts";
import { ExpressionOutput } from "./expression-output.ts";
import type { ExpressionProcess } from "./expression-process.ts";
import { OwnTime } from "./own-time.ts";
import { TaskCalls, type TaskCall } from "./task-calls.ts";

/** The options of {@link ExpressionFlow}. */
export interface ExpressionFlowOptions {
  run: string;
  lossless: boolean | undefined;
  process: ExpressionProcess;
  relays: Relays;
  admission: Admission;
  notify: Notify;
  /** Called before the expression gets the answer to one of its calls. */
  answered(call: number, answer: Answer): void;
  /** Called when the expression has used the time that it may work itself. */
  ownTimePassed(): void;
}

/** The calls, the output and the clock of an expression that runs. */
export class ExpressionFlow {
  readonly calls: TaskCalls;
  readonly output: ExpressionOutput;
  readonly ownTime: OwnTime;
  readonly #options: ExpressionFlowOptions;
  readonly #process: ExpressionProcess;
  #waitsForReader = false;
  /** True while the expression waits for one of its calls to be answered. */
  #isWaiting = false;

  constructor(options: ExpressionFlowOptions) {
    const { run, lossless, relays, admission, process } = options;
    this.#options = options;
    this.#process = process;
    this.output = new ExpressionOutput(run, options.notify, () => this.#readerIsBack());
    this.calls = new TaskCalls({
      run,
      lossless,
      relays,
      admission,
      notify: (notification, written) => this.output.forward(notification, written),
      answered: (call, answer) => this.#callAnswered(call, answer),
    });
    this.ownTime = new OwnTime(OWN_TIME_MS, () => options.ownTimePassed());
  }

  /** Begins a call. @throws RpcError when the process has sent arguments that cannot be passed on. */
  call(call: TaskCall): void {
    this.calls.call(call);
    // The process keeps to this limit, unless code has escaped the sandbox.
    if (this.calls.size > TASK_CALLS) this.#process.pause();
  }

  /**
   * Stops the clock until the process gets its next message. A report that is older than the last message to the
   * process is ignored.
   */
  waits(heard: number): void {
    if (heard !== this.#process.told || this.#isWaiting) return;
    this.#isWaiting = true;
    this.ownTime.hold();
  }

  /** Passes on what the expression prints. */
  print(stream: OutputStream, text: string): void {
    this.output.print(stream, text);
    if (!this.output.isFull) return;
    this.#waitsForReader = true;
    this.ownTime.hold();
    this.#process.pause();
  }

  /** Called before the expression's own answer. */
  end(): void {
    this.ownTime.stop();
    this.output.flush();
    this.calls.end();
  }

  #callAnswered(call: number, answer: Answer): void {
    this.#options.answered(call, answer);
    this.#process.tell({ type: "answer", response: answerMessage(call, answer) });
    if (this.#isWaiting) this.ownTime.release();
    this.#isWaiting = false;
    this.#readOn();
  }

  #readerIsBack(): void {
    if (!this.#waitsForReader) return;
    this.#waitsForReader = false;
    this.ownTime.release();
    this.#readOn();
  }

  #readOn(): void {
    if (this.calls.size <= TASK_CALLS && !this.#waitsForReader) this.#process.resume();
  }
}
