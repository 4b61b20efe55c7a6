// Finds the app's tasks by name. Only the app's own properties count: `constructor` and `toString` are not tasks.
import { inspect } from "node:util";
import type { TaskDescription } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { unknownTask } from "../../shared/unknown-task.ts";
import { jsonSchemaOf } from "./arguments.ts";
import { maxArgsOfFunction, parametersOf, usageOfFunction } from "./parameters.ts";
import { isTask, type Task } from "./task.ts";

/** How deep namespaces may be nested. */
const MAX_DEPTH = 5;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** A task with its full name. */
export type NamedTask = { name: string } & ({ task: Task } | { plain: PlainFunction; namespace: object });

type PlainFunction = (...args: unknown[]) => unknown;

/** The error for an object without a single task. */
export class NoTasks extends TypeError {
  /** Why the tasks cannot be loaded. */
  readonly reason: string;

  constructor(tasks: object) {
    const found = inspect(tasks, { depth: 1, breakLength: Infinity });
    const meaning = "a task is a function or a task({ … }), alone or in a namespace";
    super(`Cannot find a task in ${found}: ${meaning}`);
    this.reason = `there is no task in ${found} (${meaning})`;
  }
}

/** All tasks of an app. */
export class Registry {
  readonly #tasks = new Map<string, NamedTask>();
  #described: TaskDescription[] | undefined;

  /**
   * Collects the tasks from a module or from `startAgent({ tasks })`: functions and `task()`s, alone or in namespaces.
   * `undefined` is for an app without tasks.
   *
   * @throws NoTasks when the object contains no task.
   */
  constructor(tasks: object | undefined) {
    if (tasks === undefined) return;
    this.#collect(tasks, "", 0);
    if (this.#tasks.size > 0) return;
    throw new NoTasks(tasks);
  }

  /** @throws RpcError UNKNOWN_TASK, which suggests the closest name. */
  find(name: string): NamedTask {
    const found = this.#tasks.get(name);
    if (found) return found;
    throw unknownTask(name, [...this.#tasks.keys()]);
  }

  /** Descriptions of the tasks, sorted by name. Made once: describing some schemas takes long. */
  describe(): TaskDescription[] {
    return (this.#described ??= this.#describe());
  }

  #describe(): TaskDescription[] {
    return [...this.#tasks.values()].map(describeTask).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #collect(namespace: object, prefix: string, depth: number): void {
    for (const [key, value] of Object.entries(namespace)) {
      if (!NAME.test(key)) continue;
      const name = `${prefix}${key}`;
      if (isTask(value)) this.#tasks.set(name, { name, task: value });
      else if (isPlainFunction(value)) this.#tasks.set(name, { name, plain: value, namespace });
      else if (isNamespace(value) && depth < MAX_DEPTH) this.#collect(value, `${name}.`, depth + 1);
    }
  }
}

function describeTask(named: NamedTask): TaskDescription {
  const { name } = named;
  if ("plain" in named) {
    const { plain } = named;
    const positional = parametersOf(plain);
    return { name, usage: usageOfFunction(plain), ...defined({ maxArgs: maxArgsOfFunction(plain), positional }) };
  }
  const { description, args } = named.task;
  const parameters = args && jsonSchemaOf(args);
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    usage: usageOfTask(args !== undefined, parameters?.type),
    maxArgs: args === undefined ? 0 : 1,
  };
}

function usageOfTask(hasArgs: boolean, type: unknown): string {
  if (!hasArgs) return "";
  return typeof type !== "string" || type === "object" ? "[--name value ...]" : `<${type}>`;
}

function isPlainFunction(value: unknown): value is PlainFunction {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}

function isNamespace(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
