// The main thread's half of the agent: finds the task, checks the arguments, executes it as a run, answers.
import { MAX_DURATION_MS } from "../shared/duration.ts";
import { RpcError } from "../shared/errors.ts";
import {
  SUBPROTOCOL,
  type CancelResult,
  type DescribeParams,
  type DescribeResult,
  type Limits,
  type ReloadResult,
  type RunsResult,
} from "../shared/messages.ts";
import { toRpcError } from "../shared/to-rpc-error.ts";
import { endsWithin } from "../shared/within.ts";
import { Capture } from "./capture.ts";
import type { Consoles } from "./console/consoles.ts";
import type { Identity } from "./gateway/channel.ts";
import { loadConsoles } from "./load-consoles.ts";
import type { NamedTask } from "./registry.ts";
import type { ReloadLimit } from "./reload-queue.ts";
import { resultRoom, SMALL_CHARS } from "./result-room.ts";
import { writeResult } from "./result.ts";
import type { Run } from "./run.ts";
import { isPromise, Tasks, type TaskLoading } from "./tasks.ts";
import { look } from "./thrown.ts";

/** What makes a {@link Runner}. */
export interface RunnerOptions extends TaskLoading {
  /** Told what `describe` answers each time that it is made, and undefined when that holds no more. Default: nobody is. */
  described?: (result: DescribeResult | undefined) => void;
  identity: Identity;
  limits: Limits;
  context: Readonly<Record<string, unknown>>;
}

/**
 * How an execution ended: with the JSON of a CallResult, with what the task threw, without the task's doing, or before it
 * began because the gateway had given it up.
 */
export type Outcome = { returned: string } | { threw: unknown } | { failed: RpcError } | { withdrawn: true };

/** Executes the runs of one agent. */
export class Runner {
  readonly limits: Limits;
  readonly identity: Identity;
  #context: Readonly<Record<string, unknown>>;
  readonly #tasks: Tasks;
  readonly #runs = new Map<string, Run>();
  readonly #capture = new Capture<Run>();
  /** The size of a task's last result, where it was large. */
  readonly #large = new Map<string, number>();
  readonly #tellDescribed: RunnerOptions["described"];
  /** Counts how often the tasks have become others. */
  #generation = 0;
  #toldGeneration: number | undefined;
  #closing = false;
  #consoles: Promise<Consoles> | undefined;

  constructor({ identity, limits, context, described, ...loading }: RunnerOptions) {
    this.#tellDescribed = described;
    this.limits = limits;
    this.#context = context;
    this.identity = identity;
    this.#tasks = new Tasks(loading);
  }

  /** What tasks and consoles get as `context`. */
  get context(): Readonly<Record<string, unknown>> {
    return this.#context;
  }

  /** From now on these are the tasks and their context; runs in flight keep what they began with. */
  adopt({ context, ...loading }: Pick<RunnerOptions, "context"> & TaskLoading): void {
    this.#context = context;
    this.#tasks.adopt(loading);
    this.#forgetDescribed();
  }

  /** From now on the tasks are those on the disk; a failure changes no task, runs in flight go on as they are. */
  async reload(limit: ReloadLimit): Promise<ReloadResult> {
    const tasks = await this.#tasks.reload(limit);
    this.#forgetDescribed();
    return { tasks };
  }

  /** Has the gateway know the tasks, once they are loaded: a flood of calls of others then costs the app nothing. */
  #tellSoon(): void {
    if (this.#toldGeneration === this.#generation) return;
    this.#toldGeneration = this.#generation;
    setImmediate(() => void this.describe().catch(() => {})); // whoever asks is told why it fails
  }

  /** What is known of the tasks elsewhere holds no more. */
  #forgetDescribed(): void {
    this.#generation++;
    this.#tellDescribed?.(undefined);
  }

  /** The run whose code is executing now, if any. */
  get current(): Run | undefined {
    return this.#capture.current;
  }

  /** Runs in flight. */
  get runs(): readonly Run[] {
    return [...this.#runs.values()];
  }

  /** Executes a task and tells what came of it. */
  execute(run: Run, args: unknown[]): Promise<Outcome> {
    const perform = () => this.#perform(run, args, (named, value) => this.#result(run, named, value));
    const expected = this.#large.get(run.task);
    if (expected === undefined) return perform();
    // Its last result was large: it does not begin to make another that has to wait in memory.
    return resultRoom
      .take(run, expected)
      .then(perform, (error: unknown) => ({ failed: toRpcError(error, "execute the task", look) }));
  }

  /**
   * Executes a task for code of this process and returns its value as it is.
   *
   * @throws what the task threw, or the RpcError that says why it did not end by itself.
   */
  async call(run: Run, args: unknown[]): Promise<unknown> {
    const end = await this.#perform(run, args, (_named, value) => ({ value }));
    const stopped = run.stopped("threw" in end ? { value: end.threw } : undefined);
    if (stopped) throw stopped;
    if ("value" in end) return end.value;
    if ("threw" in end) throw end.threw;
    throw "failed" in end ? end.failed : new RpcError("INTERNAL", "Cannot start the run: nobody has given it up");
  }

  /** Lists code that is no task as a run until what it returned has settled; what it prints is the run's. */
  async track<Result>(run: Run, code: () => Promise<Result>): Promise<Result> {
    this.#runs.set(run.id, run);
    run.begin();
    try {
      return await this.#capture.enter(run, code);
    } finally {
      this.#capture.release();
      this.#runs.delete(run.id);
      run.end();
    }
  }

  /** Attributes output also between runs, until the returned function is called. */
  keepAttribution(): () => void {
    this.#capture.keep();
    return () => this.#capture.release();
  }

  /** The agent's consoles, loaded when the first is opened. */
  consoles(): Promise<Consoles> {
    // What failed once, as without an inspector in this Node, is tried again by the next who asks.
    this.#consoles ??= this.#startConsoles().catch((error: unknown) => {
      this.#consoles = undefined;
      throw error;
    });
    return this.#consoles;
  }

  async #startConsoles(): Promise<Consoles> {
    const { Consoles: all } = await loadConsoles();
    return all.start(this);
  }

  async #perform<Returned>(
    run: Run,
    args: unknown[],
    finish: (named: NamedTask, value: unknown) => Returned | Promise<Returned>,
  ): Promise<Returned | Exclude<Outcome, { returned: string }>> {
    const refusal = this.#refusal(run);
    if (refusal) return { failed: refusal };
    this.#runs.set(run.id, run);
    this.#tellSoon();
    try {
      const prepared = this.#tasks.prepare(run, args);
      const { named, code } = isPromise(prepared) ? await prepared : prepared;
      if (!run.begin()) return { withdrawn: true };
      const end = await this.#invoke(run, code);
      if ("threw" in end) return end;
      const finished = finish(named, end.value);
      return isPromise(finished) ? await finished : finished;
    } catch (error) {
      return { failed: toRpcError(error, "execute the task", look) };
    } finally {
      this.#runs.delete(run.id);
      run.end();
    }
  }

  /** What the app offers. Who only looks does not have tasks loaded again that could not be. */
  async describe({ retry = false }: DescribeParams = {}): Promise<DescribeResult> {
    const { app, version, instance } = this.identity;
    const generation = this.#generation;
    const tasks = (await this.#tasks.registry({ retry })).describe();
    const result: DescribeResult = { app, version, instance, protocol: SUBPROTOCOL, tasks, limits: this.limits };
    if (generation === this.#generation) this.#tellDescribed?.(result);
    return result;
  }

  /** The runs in flight, oldest first. */
  describeRuns(): RunsResult {
    return { runs: this.runs.map((run) => run.describe()) };
  }

  /**
   * Fires a run's signal and waits for the task to stop.
   *
   * @throws RpcError UNKNOWN_RUN when no run in flight has the id.
   */
  async cancel(id: string, waitMs: number): Promise<CancelResult> {
    const run = this.#runs.get(id);
    if (!run) throw new RpcError("UNKNOWN_RUN", `Cannot cancel "${id}": no run in flight has that id`);
    run.abort("cancel");
    const stopped = await endsWithin(waitMs, run.ended(), { keepsAlive: false });
    // A task that had not begun when it was told to stop never will.
    const ended = run.started ? "stopped" : "not-started";
    return { run: id, state: stopped ? ended : "running" };
  }

  /** Starts no more runs, waits for those in flight, then stops those that are left, unless it takes calls again by then. */
  async drain(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#allEndWithin(graceMs);
    if (!this.#closing) return;
    for (const run of this.runs) run.abort("cancel");
    await this.#allEndWithin(Math.min(graceMs, STOP_WAIT_MS));
  }

  /** Takes calls again. */
  reopen(): void {
    this.#closing = false;
  }

  /** Resolves when no run is in flight, however long that takes. It does not keep the process alive. */
  async idle(): Promise<void> {
    await Promise.all(this.runs.map((run) => run.ended()));
  }

  /** Gives the app its streams back. */
  close(): void {
    this.#capture.close();
    this.#consoles?.then((consoles) => consoles.close()).catch(() => {}); // what could not be opened needs no closing
  }

  async #allEndWithin(ms: number): Promise<void> {
    // Whoever closes the agent waits for this: the process must not end before, as it would with nothing else to do.
    const awake = setTimeout(() => {}, Math.min(ms, MAX_DURATION_MS));
    await Promise.all(this.runs.map((run) => endsWithin(ms, run.ended(), { keepsAlive: false })));
    clearTimeout(awake);
  }

  #refusal(run: Run): RpcError | undefined {
    const details = { run: run.id, state: "not-started" } as const;
    // The gateway refuses too; a call that was on its way at that moment ends here.
    if (this.#closing) return new RpcError("CLOSING", "Cannot start a run: the app is stopping", details);
    if (!this.#runs.has(run.id)) return undefined;
    return new RpcError("BAD_ARGUMENTS", `Cannot start run "${run.id}": that id is in flight`, details);
  }

  #result(run: Run, named: NamedTask, value: unknown): { returned: string } | Promise<{ returned: string }> {
    if (run.output.isUnheard) return { returned: "{}" };
    const format = "task" in named ? named.task.format : undefined;
    const written = writeResult(run, { value, format, maxChars: this.limits.resultChars });
    if (!isPromise(written)) return { returned: this.#remember(run, written) };
    return written.then((returned) => ({ returned: this.#remember(run, returned) }));
  }

  #remember(run: Run, written: string): string {
    if (written.length >= SMALL_CHARS) this.#large.set(run.task, written.length);
    else if (this.#large.size > 0) this.#large.delete(run.task);
    return written;
  }

  async #invoke(run: Run, code: () => unknown): Promise<{ value: unknown } | { threw: unknown }> {
    try {
      return { value: await this.#capture.enter(run, code) };
    } catch (error) {
      return { threw: error };
    } finally {
      this.#capture.release();
    }
  }
}

/** How long runs that were told to stop may take when the agent closes, at most. */
const STOP_WAIT_MS = 1000;
