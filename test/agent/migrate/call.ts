// Calls a task as the runner does: first its schema, then its function with the context of a run. The output is kept.
import { TaskFailure, type RunContext, type Task } from "../../../agent/tasks/task.ts";

/** How a call ended. Exactly one of `value` and `error` is set. */
export interface Called<Value = unknown> {
  value?: Value;
  error?: unknown;
  /** What it printed, one entry a call of `print` or `printErr`. */
  printed: string[];
  progress: { done: number; total?: number; message?: string }[];
}

/** The context of a run; `signal` cancels it. */
export function runContext(signal: AbortSignal, called: Pick<Called, "printed" | "progress">): RunContext {
  return {
    run: "run-1",
    task: "Release.test",
    signal,
    context: {},
    print: (...values) => Promise.resolve(void called.printed.push(values.join(" "))),
    printErr: (...values) => Promise.resolve(void called.printed.push(values.join(" "))),
    progress: (progress) => void called.progress.push(progress),
  };
}

/** Calls the task with one argument; never rejects. */
export async function call<Args extends unknown[], Value>(
  task: Task<Args, Value>,
  args: unknown = {},
  options: { signal?: AbortSignal; onPrint?: (line: string) => void } = {},
): Promise<Called<Value>> {
  const called: Called<Value> = { printed: [], progress: [] };
  try {
    const checked = await task.args?.["~standard"].validate(args);
    if (checked?.issues)
      throw new TaskFailure(checked.issues.map(({ message }) => message).join("\n"), { exitCode: 65 });
    const context = runContext(options.signal ?? new AbortController().signal, called);
    const print = (...values: unknown[]): PromiseLike<void> => {
      options.onPrint?.(values.join(" "));
      return context.print(...values);
    };
    const told = { ...context, print, printErr: print };
    called.value = (await task.run((checked?.value ?? args) as never, told)) as Value;
  } catch (error) {
    called.error = error;
  }
  return called;
}

/** The value of a call that succeeded. */
export async function valueOf<Value>(calling: Promise<Called<Value>>): Promise<Value> {
  const { value, error } = await calling;
  if (error !== undefined) throw error;
  return value as Value;
}

/** The failure of a call that failed. */
export async function failureOf(calling: Promise<Called>): Promise<TaskFailure> {
  const { error } = await calling;
  if (error instanceof TaskFailure) return error;
  throw error ?? new Error("The call succeeded");
}
