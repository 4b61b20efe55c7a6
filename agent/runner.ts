// The main thread's half of the agent: finds the task, checks the arguments, executes it as a run, answers.
import { RpcError } from "../shared/errors.ts";
import {
  SUBPROTOCOL,
  type CallResult,
  type CancelResult,
  type DescribeResult,
  type Encoded,
  type Limits,
  type RunsResult,
} from "../shared/protocol.ts";
import { encodeRich, isPlain } from "../shared/values.ts";
import { checkArguments } from "./arguments.ts";
import { Capture } from "./capture.ts";
import type { Identity } from "./gateway/channel.ts";
import type { NamedTask, Registry } from "./registry.ts";
import type { Run } from "./run.ts";
import type { Task } from "./task.ts";
import { look } from "./thrown.ts";

/** What makes a {@link Runner}. */
export interface RunnerOptions {
  identity: Identity;
  limits: Limits;
  context: Readonly<Record<string, unknown>>;
  /** The app's tasks; loaded when they are first needed, and again when that failed. */
  loadTasks: () => Registry | Promise<Registry>;
}

/** How an execution ended: with the JSON of a CallResult, with what the task threw, or without the task's doing. */
export type Outcome = { returned: string } | { threw: unknown } | { failed: RpcError };

/** Executes the runs of one agent. */
export class Runner {
  readonly limits: Limits;
  readonly context: Readonly<Record<string, unknown>>;
  readonly #identity: Identity;
  readonly #loadTasks: () => Registry | Promise<Registry>;
  readonly #runs = new Map<string, Run>();
  readonly #capture = new Capture<Run>();

  constructor({ identity, limits, context, loadTasks }: RunnerOptions) {
    this.limits = limits;
    this.context = context;
    this.#identity = identity;
    this.#loadTasks = loadTasks;
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
  async execute(run: Run, args: unknown[]): Promise<Outcome> {
    if (this.#runs.has(run.id))
      return { failed: new RpcError("BAD_ARGUMENTS", `Cannot start run "${run.id}": that id is in flight`) };
    this.#runs.set(run.id, run);
    try {
      const named = (await this.#tasks()).find(run.task);
      const code = await prepare(named, args, run);
      run.context.signal.throwIfAborted();
      run.started = true;
      const end = await this.#invoke(run, code);
      return "threw" in end ? end : { returned: await this.#encode(run, named, end.value) };
    } catch (error) {
      return { failed: asRpcError(error) };
    } finally {
      this.#runs.delete(run.id);
      run.end();
    }
  }

  /** What the app offers. */
  async describe(): Promise<DescribeResult> {
    const { app, version, instance } = this.#identity;
    const tasks = (await this.#tasks()).describe();
    return { app, version, instance, protocol: SUBPROTOCOL, tasks, limits: this.limits };
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
    const stopped = await endsWithin(run, waitMs);
    return { run: id, state: stopped ? "stopped" : "running" };
  }

  /** Waits for the runs in flight, then stops those that are left. */
  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.runs.map((run) => endsWithin(run, graceMs)));
    for (const run of this.runs) run.abort("cancel");
    await Promise.all(this.runs.map((run) => endsWithin(run, Math.min(graceMs, STOP_WAIT_MS))));
  }

  /** Gives the app its streams back. */
  close(): void {
    this.#capture.close();
  }

  async #tasks(): Promise<Registry> {
    try {
      return await this.#loadTasks();
    } catch (error) {
      throw new RpcError("TASKS_NOT_LOADED", `Cannot load the app's tasks: ${look(error)}`, { cause: error });
    }
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

  async #encode(run: Run, named: NamedTask, value: unknown): Promise<string> {
    const encoded = await encode(value, run);
    const text = "task" in named ? format(named.task, value) : undefined;
    const result: CallResult = { run: run.id, ...encoded, ...(text !== undefined && { text }) };
    const json = JSON.stringify(result);
    const { resultChars } = this.limits;
    if (json.length <= resultChars) return json;
    throw new RpcError(
      "LIMIT_EXCEEDED",
      `"${run.task}" returned, but its result is larger than ${resultChars} characters`,
      {
        run: run.id,
        state: "stopped",
      },
    );
  }
}

/** How long runs that were told to stop may take when the agent closes, at most. */
const STOP_WAIT_MS = 1000;

async function prepare(named: NamedTask, args: unknown[], { context }: Run): Promise<() => unknown> {
  if ("plain" in named) {
    const { plain, namespace } = named;
    // `this` is the namespace, as it would be in `Release.migrate()`.
    return (): unknown => Reflect.apply<object, unknown[], unknown>(plain, namespace, args);
  }
  const { task } = named;
  const checked = await checkArguments(named.name, task.args, args);
  // The schema has made of it what the task's `run` takes.
  return () => task.run(checked as never, context);
}

/** How the task wants its result shown. A `format` that throws loses nothing: the value is shown as it looks. */
function format(task: Task, value: unknown): string | undefined {
  try {
    // The value is what this very task returned.
    return task.format?.(value as never);
  } catch (error) {
    return `${look(value)}\n(the task's format threw ${look(error)})`;
  }
}

async function encode(value: unknown, run: Run): Promise<Encoded> {
  if (value === undefined) return {};
  if (isPlain(value)) return { value };
  try {
    return encodeRich(value, await import("devalue"));
  } catch (error) {
    const message = `"${run.task}" returned, but its value cannot be sent: ${error instanceof Error ? error.message : String(error)}`;
    throw new RpcError("NOT_SERIALIZABLE", message, { run: run.id, state: "stopped", text: look(value), cause: error });
  }
}

function asRpcError(error: unknown): RpcError {
  return error instanceof RpcError
    ? error
    : new RpcError("INTERNAL", `Cannot execute the task: ${look(error)}`, { cause: error });
}

async function endsWithin(run: Run, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([run.ended.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}
