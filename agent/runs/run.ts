// One execution of a task: its signal, its output and its outcome.
import { formatWithOptions, inspect } from "node:util";
import type { RpcError } from "../../shared/errors.ts";
import { cancelled, timedOut, toldToStop } from "../../shared/outcomes.ts";
import type { RunDescription } from "../../shared/messages/messages.ts";
import type { Capturing } from "./capture.ts";
import { checkProgress } from "./check-progress.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";
import type { Descriptor } from "./output-queue.ts";
import { RUN_LOOK } from "../tasks/inspect-value.ts";
import { isTaskFailure, type Progress, type RunContext } from "../tasks/task.ts";
import type { ResultShare } from "./result-share.ts";
import { look } from "../tasks/thrown.ts";

/** Where a run's output and progress go. */
export interface RunSink {
  /** True once the caller is gone and can no longer be told how the run ended. */
  readonly isUnheard: boolean;
  /** The room that results of the same caller take in ./result-room.ts. */
  readonly share: ResultShare;
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void;
  print(descriptor: Descriptor, text: string): PromiseLike<void>;
  progress(body: string): void;
}

/** The options of {@link Run}. */
export interface RunOptions {
  run: string;
  task: string;
  /** The deadline, for the error sentence. The gateway enforces it. */
  timeoutMs: number | undefined;
  /**
   * The moment, on `monotonicMs`, after which the task must not begin: the caller was told that it did not. Default:
   * none.
   */
  beginsBy?: number | undefined;
  output: RunSink;
  /** Claims the call for this thread. False when the gateway has withdrawn it. */
  claim: () => boolean;
  context: Readonly<Record<string, unknown>>;
  /** Refuse to call a plain function unless each parameter without a default has an argument. */
  complete?: boolean | undefined;
}

/** A run in flight. */
export class Run implements Capturing {
  readonly id: string;
  readonly task: string;
  readonly output: RunSink;
  readonly complete: boolean;
  /** The room that the run holds for its result in ./result-room.ts, in characters. */
  roomTaken = 0;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #claim: () => boolean;
  #started = false;
  readonly #startedAt = monotonicMs();
  readonly #timeoutMs: number | undefined;
  readonly #beginsBy: number | undefined;
  #stoppedBy: "timeout" | "cancel" | undefined;
  #progress: Progress | undefined;
  #context: RunContext | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Made when the task first uses its signal: most tasks never do, and it costs as much as the rest of a run. */
  #controller: AbortController | undefined;
  #reason: RpcError | undefined;
  #isOver = false;
  readonly #whenEnded: (() => void)[] = [];
  readonly #whenAborted: (() => void)[] = [];

  constructor({ run, task, timeoutMs, beginsBy, output, claim, context, complete = false }: RunOptions) {
    this.id = run;
    this.task = task;
    this.output = output;
    this.complete = complete;
    this.#timeoutMs = timeoutMs;
    this.#beginsBy = beginsBy;
    this.#claim = claim;
    this.#given = context;
  }

  /** The context argument of the task. Made on first use, since plain functions are called without it. */
  get context(): RunContext {
    return (this.#context ??= this.#createContext());
  }

  /** The app may see a run attached to its promises when it prints them: see ../tasks/inspect-value.ts. */
  [inspect.custom](): string {
    return RUN_LOOK;
  }

  /** True once the task's own code has begun. */
  get started(): boolean {
    return this.#started;
  }

  /**
   * Begins, as late as possible: until now the gateway could answer that the task never started. False if it has done
   * so.
   *
   * @throws RpcError when the moment has passed, for example while the whole process was suspended and could not
   * answer.
   */
  begin(): boolean {
    if (this.#beginsBy !== undefined && monotonicMs() >= this.#beginsBy) {
      this.abort("timeout");
      this.throwIfAborted();
    }
    this.#started = this.#claim();
    return this.#started;
  }

  /** Sends output to the caller. */
  write(descriptor: Descriptor, data: string | NodeJS.ArrayBufferView): void {
    this.output.write(descriptor, data);
  }

  /** Fires the run's signal. The task decides how to react. */
  abort(by: "timeout" | "cancel"): void {
    if (this.#stoppedBy) return;
    this.#stoppedBy = by;
    this.#reason = toldToStop({ run: this.id, task: this.task }, by === "timeout" ? (this.#timeoutMs ?? 0) : undefined);
    for (const tell of this.#whenAborted) tell();
    this.#controller?.abort(this.#reason);
  }

  /** Resolves when the run has ended in any way. */
  ended(): Promise<void> {
    return this.#isOver ? Promise.resolve() : new Promise((resolve) => this.#whenEnded.push(resolve));
  }

  /** Resolves when the run must stop. */
  aborted(): Promise<void> {
    return this.#stoppedBy ? Promise.resolve() : new Promise((resolve) => this.#whenAborted.push(resolve));
  }

  /** @throws RpcError when the run has been told to stop. */
  throwIfAborted(): void {
    if (this.#reason) throw this.#reason;
  }

  /**
   * The error for a run that was told to stop, by its deadline or by a cancel, whether it threw or returned. Undefined
   * for a run that was not stopped.
   */
  stopped(thrown?: { value: unknown }): RpcError | undefined {
    if (!this.#stoppedBy) return undefined;
    if (!this.#started) return this.#verdict("not-started");
    const text = thrown && !isAbort(thrown.value, this.#reason) ? summary(thrown.value) : undefined;
    return this.#verdict("stopped", text);
  }

  /** Enforces the deadline here from now on: the gateway that enforced it is gone. */
  keepDeadline(): void {
    if (this.#timeoutMs === undefined) return;
    const leftMs = Math.max(0, this.#timeoutMs - (monotonicMs() - this.#startedAt));
    this.#timer ??= setTimeout(() => this.abort("timeout"), leftMs).unref();
  }

  /** Ends the run and resolves all waits for its end. */
  end(): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    for (const tell of this.#whenEnded) tell();
  }

  /** The run as `runs` shows it. */
  describe(): RunDescription {
    return {
      run: this.id,
      task: this.task,
      elapsedMs: Math.round(monotonicMs() - this.#startedAt),
      state: this.#stoppedBy ? "cancelling" : "running",
      ...(this.#progress && { progress: this.#progress }),
    };
  }

  get #signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  #createContext(): RunContext {
    const signal = () => this.#signal;
    return {
      run: this.id,
      task: this.task,
      context: this.#given,
      get signal() {
        return signal();
      },
      print: (...values: unknown[]) => this.#print(1, values),
      printErr: (...values: unknown[]) => this.#print(2, values),
      progress: (step: Progress) => this.#report(step),
    };
  }

  #print(descriptor: Descriptor, values: unknown[]): PromiseLike<void> {
    return this.output.print(descriptor, `${formatWithOptions({ colors: false }, ...values)}\n`);
  }

  #report(progress: Progress): void {
    this.#progress = checkProgress(progress);
    this.output.progress(JSON.stringify(this.#progress));
  }

  #verdict(state: "not-started" | "stopped", text?: string): RpcError {
    const name = { run: this.id, task: this.task };
    const end = { state, ...(text !== undefined && { text }) };
    return this.#stoppedBy === "timeout" ? timedOut(name, this.#timeoutMs ?? 0, end) : cancelled(name, end);
  }
}

// For code that shows a run without calling `inspect.custom`, as Node's timers do.
Object.defineProperty(Run, "name", { value: RUN_LOOK.slice(1, -1) });

/** A TaskFailure is shown by its message, any other value as `inspect` shows it. */
function summary(value: unknown): string {
  return isTaskFailure(value) ? value.message : look(value);
}

/**
 * An error that comes from the signal itself adds no information. Any other error that the task threw while it stopped
 * may matter.
 */
function isAbort(value: unknown, reason: unknown): boolean {
  return value === reason || (value instanceof Error && (value.name === "AbortError" || value.cause === reason));
}
