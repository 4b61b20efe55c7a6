// Holds the app's tasks: loads them when they are first needed, again after a failure, and anew on `reload`. Prepares a
// task for a call.
import { RpcError } from "../../shared/errors.ts";
import { checkArguments } from "../tasks/arguments.ts";
import { whyNotLoaded } from "../tasks/load-failure.ts";
import { completeArguments, usageOfFunction } from "../tasks/parameters.ts";
import type { NamedTask, Registry } from "../tasks/registry.ts";
import { ReloadQueue, type OnReload, type ReloadLimit } from "../tasks/reload-queue.ts";
import type { Run } from "./run.ts";
import type { LoadTasks } from "../tasks/task-loader.ts";

/** How the tasks are loaded. */
export interface TaskLoading {
  loadTasks: LoadTasks;
  /**
   * Loads the tasks anew; resolves to undefined if package.json names no task module. The function is undefined if the
   * app passed the tasks themselves.
   */
  reloadTasks: (() => Promise<Registry | undefined>) | undefined;
  /** The app's own part of a reload. */
  onReload: OnReload | undefined;
}

/** A task with its checked arguments, ready to be called. */
export interface Prepared {
  named: NamedTask;
  code: () => unknown;
}

const NO_MODULE =
  'Cannot reload the tasks: package.json names no module of them ("remsh": { "tasks": "./release.js" })';
const AN_OBJECT =
  'Cannot reload the tasks: the app gave startAgent an object (give it a function, tasks: () => import("./release.js"))';

/** The tasks of one agent. */
export class Tasks {
  #loading: TaskLoading;
  readonly #reloads = new ReloadQueue();

  constructor(loading: TaskLoading) {
    this.#loading = loading;
  }

  /** Takes the tasks from this source from now on. */
  adopt(loading: TaskLoading): void {
    this.#loading = loading;
  }

  /**
   * Loads the tasks from the disk and lets the app read its configuration again. A failure changes no task. Resolves to
   * the number of tasks.
   *
   * @throws RpcError NOT_SUPPORTED, TASKS_NOT_LOADED, RELOAD_FAILED or TIMEOUT.
   */
  async reload(limit: ReloadLimit): Promise<number> {
    const load = () => this.#loadAnew();
    const registry = await this.#reloads.run({ load, onReload: this.#loading.onReload }, limit);
    if (registry) this.#loading = { ...this.#loading, loadTasks: () => registry };
    return (registry ?? (await this.registry({ retry: true }))).describe().length;
  }

  /** Undefined when only the app's configuration can be read again. */
  async #loadAnew(): Promise<Registry | undefined> {
    const { reloadTasks, onReload } = this.#loading;
    const registry = await reloadTasks?.();
    if (registry || onReload) return registry;
    throw new RpcError("NOT_SUPPORTED", reloadTasks ? NO_MODULE : AN_OBJECT);
  }

  /**
   * All tasks. With `retry`, tasks that could not be loaded are loaded again at once.
   *
   * @throws RpcError TASKS_NOT_LOADED with the reason.
   */
  registry(options: { retry: boolean }): Registry | Promise<Registry> {
    const tasks = this.#loading.loadTasks(options);
    if (!isPromise(tasks)) return tasks;
    return tasks.catch(async (error: unknown) => {
      if (error instanceof RpcError) throw error;
      const reason = await whyNotLoaded(error);
      throw new RpcError("TASKS_NOT_LOADED", `Cannot load the app's tasks: ${reason}`, { cause: error });
    });
  }

  /**
   * Finds the run's task, before anything is spent on its arguments.
   *
   * @throws as {@link prepare}, but never BAD_ARGUMENTS.
   */
  find(run: Run): NamedTask | Promise<NamedTask> {
    const tasks = this.registry({ retry: true });
    return isPromise(tasks)
      ? untilAborted(
          run,
          tasks.then((loaded) => loaded.find(run.task)),
        )
      : tasks.find(run.task);
  }

  /**
   * Finds the run's task and checks the arguments. It is synchronous if there is nothing to wait for: while output is
   * captured, every promise costs the app more.
   *
   * @throws RpcError UNKNOWN_TASK, TASKS_NOT_LOADED or BAD_ARGUMENTS, or the reason why the run was told to stop
   * meanwhile.
   */
  prepare(run: Run, args: unknown[]): Prepared | Promise<Prepared> {
    const tasks = this.registry({ retry: true });
    const prepared = isPromise(tasks) ? tasks.then((loaded) => bind(loaded, args, run)) : bind(tasks, args, run);
    return isPromise(prepared) ? untilAborted(run, prepared) : prepared;
  }
}

/**
 * @throws RpcError when the run must stop while the tasks load or a schema checks the arguments: it will not
 * start.
 */
async function untilAborted<Value extends object>(run: Run, preparing: Promise<Value>): Promise<Value> {
  const prepared = await Promise.race([preparing, run.aborted()]);
  run.throwIfAborted();
  if (prepared) return prepared;
  throw new RpcError("INTERNAL", "Cannot start the run: it was neither prepared nor stopped");
}

function bind(tasks: Registry, args: unknown[], run: Run): Prepared | Promise<Prepared> {
  const named = tasks.find(run.task);
  if ("plain" in named) {
    const { plain, namespace } = named;
    const given = run.complete ? completed(named, args) : args;
    // `this` is the namespace, as it would be in `Release.migrate()`.
    return { named, code: (): unknown => Reflect.apply<object, unknown[], unknown>(plain, namespace, given) };
  }
  const { task } = named;
  // `checked` is the schema's output, which is what the task's `run` takes.
  return checkArguments(run.task, task.args, args).then((checked) => ({
    named,
    code: () => task.run(checked as never, run.context),
  }));
}

/** @throws RpcError BAD_ARGUMENTS that names the missing arguments. */
function completed({ name, plain }: Extract<NamedTask, { plain: unknown }>, args: unknown[]): unknown[] {
  const found = completeArguments(plain, args);
  if ("args" in found) return found.args;
  const usage = `usage: ${name} ${usageOfFunction(plain)}`;
  throw new RpcError("BAD_ARGUMENTS", `Cannot call "${name}": ${found.missing} is missing (${usage})`);
}

/** True when the value is a promise. */
export function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise;
}
