// The main thread's half of the agent: finds the task, checks the arguments, executes the run and answers.
import { RpcError } from "../../shared/errors.ts";
import {
  SUBPROTOCOL,
  type DescribeParams,
  type DescribeResult,
  type Limits,
  type ReloadResult,
} from "../../shared/messages/messages.ts";
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { Capture } from "./capture.ts";
import type { Identity } from "../border/channel.ts";
import type { NamedTask } from "../tasks/registry.ts";
import type { ReloadLimit } from "../tasks/reload-queue.ts";
import { Results } from "./results.ts";
import type { Run } from "./run.ts";
import { Runs } from "./runs.ts";
import { isPromise, Tasks, type TaskLoading } from "./tasks.ts";
import { look } from "../tasks/thrown.ts";

/** The options of {@link Runner}. */
export interface RunnerOptions extends TaskLoading {
  /**
   * Called with each new result of `describe`, and with undefined when that result is no longer valid. Default: not
   * called.
   */
  described?: (result: DescribeResult | undefined) => void;
  identity: Identity;
  limits: Limits;
  context: Readonly<Record<string, unknown>>;
}

/**
 * How an execution ended: with a value, with an error that the task threw, with an error from outside the task, or
 * before it began because the gateway withdrew it.
 */
export type Outcome<Value> = { value: Value } | { threw: unknown } | { failed: RpcError } | { withdrawn: true };

/** Turns what a task returned into what the caller wants. */
export type Finish<Value> = (run: Run, named: NamedTask, returned: unknown) => Value | Promise<Value>;

/** Executes the runs of one agent. */
export class Runner {
  readonly limits: Limits;
  readonly identity: Identity;
  /** The runs in flight. */
  readonly runs = new Runs();
  readonly results: Results;
  #context: Readonly<Record<string, unknown>>;
  readonly #tasks: Tasks;
  readonly #capture = new Capture<Run>();
  readonly #tellDescribed: RunnerOptions["described"];
  /** Counts how often the tasks have been replaced. */
  #generation = 0;
  #toldGeneration: number | undefined;

  constructor({ identity, limits, context, described, ...loading }: RunnerOptions) {
    this.#tellDescribed = described;
    this.limits = limits;
    this.#context = context;
    this.identity = identity;
    this.results = new Results(limits.resultChars);
    this.#tasks = new Tasks(loading);
  }

  /** What tasks and consoles get as `context`. */
  get context(): Readonly<Record<string, unknown>> {
    return this.#context;
  }

  /** Uses these tasks and this context from now on. Runs in flight keep those that they began with. */
  adopt({ context, ...loading }: Pick<RunnerOptions, "context"> & TaskLoading): void {
    this.#context = context;
    this.#tasks.adopt(loading);
    this.#forgetDescribed();
  }

  /** Replaces the tasks by those on the disk. A failure changes no task. Runs in flight continue unchanged. */
  async reload(limit: ReloadLimit): Promise<ReloadResult> {
    const tasks = await this.#tasks.reload(limit);
    this.#forgetDescribed();
    return { tasks };
  }

  /**
   * Sends the tasks to the gateway once they are loaded. It then refuses calls of unknown tasks at no cost to the app.
   */
  #tellSoon(): void {
    if (this.#toldGeneration === this.#generation) return;
    this.#toldGeneration = this.#generation;
    setImmediate(() => void this.describe().catch(() => {})); // a caller that asks gets the reason
  }

  /** Says that the last description of the tasks is no longer valid. */
  #forgetDescribed(): void {
    this.#generation++;
    this.#tellDescribed?.(undefined);
  }

  /** The run whose code is executing now, if any. */
  get current(): Run | undefined {
    return this.#capture.current;
  }

  /** Finds the run's task. @throws RpcError UNKNOWN_TASK or TASKS_NOT_LOADED. */
  find(run: Run): NamedTask | Promise<NamedTask> {
    return this.#tasks.find(run);
  }

  /**
   * Executes a task as a run and returns the outcome. `finish` makes the outcome's value from what the task returned.
   * This is one function, since few functions may stand between the port and the task.
   */
  async execute<Value>(run: Run, args: unknown[], finish: Finish<Value>): Promise<Outcome<Value>> {
    const refusal = this.runs.refusal(run);
    if (refusal) return { failed: refusal };
    this.runs.add(run);
    this.#tellSoon();
    try {
      const prepared = this.#tasks.prepare(run, args);
      const { named, code } = isPromise(prepared) ? await prepared : prepared;
      if (!run.begin()) return { withdrawn: true };
      let returned: unknown;
      try {
        returned = await this.#capture.enter(run, code);
      } catch (error) {
        return { threw: error };
      } finally {
        this.#capture.release();
      }
      const value = finish(run, named, returned);
      return { value: isPromise(value) ? await value : value };
    } catch (error) {
      return { failed: toRpcError(error, "execute the task", look) };
    } finally {
      this.runs.remove(run);
    }
  }

  /**
   * Executes a task for code in this process and returns its value unchanged.
   *
   * @throws what the task threw, or an RpcError that says why the task did not end normally.
   */
  async call(run: Run, args: unknown[]): Promise<unknown> {
    const end = await this.execute(run, args, (_run, _named, returned) => returned);
    const stopped = run.stopped("threw" in end ? { value: end.threw } : undefined);
    if (stopped) throw stopped;
    if ("value" in end) return end.value;
    if ("threw" in end) throw end.threw;
    throw "failed" in end
      ? end.failed
      : new RpcError("INTERNAL", "Cannot start the run: it was withdrawn without a reason");
  }

  /** Runs code that is not a task as a run until its promise has settled. Its output belongs to the run. */
  async track<Result>(run: Run, code: () => Promise<Result>): Promise<Result> {
    this.runs.add(run);
    run.begin();
    try {
      return await this.#capture.enter(run, code);
    } finally {
      this.#capture.release();
      this.runs.remove(run);
    }
  }

  /** Keeps attributing output between runs, until the returned function is called. */
  keepAttribution(): () => void {
    this.#capture.keep();
    return () => this.#capture.release();
  }

  /** Describes the app. Without `retry`, tasks that could not be loaded are not loaded again. */
  async describe({ retry = false }: DescribeParams = {}): Promise<DescribeResult> {
    const { app, version, instance } = this.identity;
    const generation = this.#generation;
    const tasks = (await this.#tasks.registry({ retry })).describe();
    const result: DescribeResult = { app, version, instance, protocol: SUBPROTOCOL, tasks, limits: this.limits };
    if (generation === this.#generation) this.#tellDescribed?.(result);
    return result;
  }

  /** Restores the app's streams. */
  close(): void {
    this.#capture.close();
  }
}
