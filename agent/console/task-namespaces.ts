// Puts the app's tasks into a console's scope: `await Release.migrate()`. Each call goes through the runner as a
// separate run, so that it is checked, listed and can be cancelled like any other. So it always returns a promise.

/** Calls the task with this name. */
export type CallTask = (task: string, args: unknown[]) => Promise<unknown>;

const NAMES = new WeakMap<object, string>();

/** The task that a console's function calls; undefined for any other function. */
export function taskOf(code: object): string | undefined {
  return NAMES.get(code);
}

/** The top-level names and their values: functions, and namespaces of functions. */
export function taskNamespaces(tasks: readonly string[], call: CallTask): Map<string, unknown> {
  const root: Namespace = new Map();
  for (const task of tasks) {
    const code: TaskFunction = (...args) => call(task, args);
    NAMES.set(code, task);
    insert(root, task.split("."), code);
  }
  return new Map([...root].map(([name, entry]) => [name, toValue(entry)]));
}

type TaskFunction = (...args: unknown[]) => Promise<unknown>;
type Namespace = Map<string, Entry>;
type Entry = TaskFunction | Namespace;

function insert(namespace: Namespace, [name = "", ...rest]: string[], task: TaskFunction): void {
  if (rest.length === 0) return void namespace.set(name, Object.defineProperty(task, "name", { value: name }));
  const inner = namespace.get(name);
  const next: Namespace = typeof inner === "object" ? inner : new Map<string, Entry>();
  namespace.set(name, next);
  insert(next, rest, task);
}

function toValue(entry: Entry): unknown {
  if (!(entry instanceof Map)) return entry;
  return Object.freeze(Object.fromEntries([...entry].map(([name, inner]) => [name, toValue(inner)])));
}
