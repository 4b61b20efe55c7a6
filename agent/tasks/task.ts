// Defines a task: a named function of the app that can be called from outside. `task({...})` adds to a plain function
// what callers need to know: a description, and a schema that checks the argument.
import type { StandardSchemaV1 } from "@standard-schema/spec";

// Registered symbols: an app may load two copies of this package, for example by `require` and by `import`.
const TASK = Symbol.for("remsh.task");
const FAILURE = Symbol.for("remsh.failure");

/** A run's progress. Omit `total` if it is not known. */
export interface Progress {
  /** Steps finished so far. */
  done: number;
  /** Steps in all. */
  total?: number;
  /** What is being done now, in a few words. */
  message?: string;
}

/** What a task knows about its own run. */
export interface RunContext {
  /** The run's id, as `remsh runs` and `remsh cancel` know it. */
  readonly run: string;
  /** The task's full name: `Release.migrate`. */
  readonly task: string;
  /** Aborted when the caller cancels, the deadline passes, or the agent closes. A task that ignores it continues. */
  readonly signal: AbortSignal;
  /** What the app gave to `startAgent({ context })`. */
  readonly context: Readonly<Record<string, unknown>>;
  /**
   * Prints to the caller as `console.log` does, and not to the app's own output. If it is awaited, it waits for a slow
   * reader, and the text is never dropped.
   */
  readonly print: (...values: unknown[]) => PromiseLike<void>;
  /** Prints to the caller's stderr, for text that is not part of the answer. If it is awaited: as above. */
  readonly printErr: (...values: unknown[]) => PromiseLike<void>;
  /** Reports the run's progress to the caller. */
  readonly progress: (progress: Progress) => void;
}

/** A task as `task()` returns it: `Args` are the arguments of a call, `Result` what a call resolves to. */
export interface Task<Args extends unknown[] = unknown[], Result = unknown> {
  readonly description: string | undefined;
  readonly args: StandardSchemaV1 | undefined;
  readonly run: (args: never, context: RunContext) => unknown;
  readonly format: ((value: never) => string) | undefined;
  /** Types only; never set. */
  readonly "~types"?: { args: Args; result: Result };
}

/** What `task()` takes when the task has an argument. */
export interface TaskWithArgs<Schema extends StandardSchemaV1, Result> {
  /** One line for `remsh tasks`. */
  description?: string;
  /** The schema of the task's one argument: any Standard Schema (zod, valibot, arktype, …). */
  args: Schema;
  /** Does the work. `args` is the schema's output for the caller's argument. */
  run(args: StandardSchemaV1.InferOutput<Schema>, context: RunContext): Result;
  /** How the command line shows the result; without it, `util.inspect`. Callers of the library and `--json` get the value. */
  format?(value: Awaited<Result>): string;
}

/** What `task()` takes when the task has no argument. */
export interface TaskWithoutArgs<Result> {
  description?: string;
  args?: undefined;
  run(args: undefined, context: RunContext): Result;
  format?(value: Awaited<Result>): string;
}

type ArgsOf<Schema extends StandardSchemaV1> =
  Record<never, never> extends StandardSchemaV1.InferInput<Schema>
    ? [args?: StandardSchemaV1.InferInput<Schema>]
    : undefined extends StandardSchemaV1.InferInput<Schema>
      ? [args?: StandardSchemaV1.InferInput<Schema>]
      : [args: StandardSchemaV1.InferInput<Schema>];

/**
 * Describes a task: its function, a description, and a schema that checks the argument of every call.
 *
 * @throws TypeError when `run` is not a function or `args` is not a Standard Schema.
 */
export function task<Schema extends StandardSchemaV1, Result>(
  definition: TaskWithArgs<Schema, Result>,
): Task<ArgsOf<Schema>, Awaited<Result>>;
/** Describes a task that takes no argument. @throws TypeError when `run` is not a function. */
export function task<Result>(definition: TaskWithoutArgs<Result>): Task<[], Awaited<Result>>;
export function task(definition: TaskWithArgs<StandardSchemaV1, unknown> | TaskWithoutArgs<unknown>): Task {
  const { description, args } = definition;
  if (typeof definition.run !== "function") throw new TypeError('Cannot define a task: "run" must be a function');
  if (args !== undefined && !("~standard" in args)) {
    throw new TypeError('Cannot define a task: "args" must be a Standard Schema (zod, valibot, arktype, …)');
  }
  // `this` is the definition, as code with `run() { … }` in an object expects.
  const run = definition.run.bind(definition);
  const format = definition.format?.bind(definition);
  return Object.freeze({ [TASK]: true, description, args, run, format });
}

/** True for a result of `task()`, also of another copy of this package. */
export function isTask(value: unknown): value is Task {
  return typeof value === "object" && value !== null && Object.hasOwn(value, TASK);
}

/**
 * Throw it to end a run with a verdict rather than a crash: the command line prints the message without a stack and
 * exits with `exitCode` (1 to 255, default 1).
 */
export class TaskFailure extends Error {
  readonly [FAILURE] = true;
  override readonly name = "TaskFailure";
  readonly exitCode: number;
  readonly code: string | undefined;

  constructor(message: string, options: { exitCode?: number; code?: string; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.exitCode = options.exitCode ?? 1;
    this.code = options.code;
    if (!Number.isInteger(this.exitCode) || this.exitCode < 1 || this.exitCode > 255) {
      throw new RangeError(`Cannot use exit code ${this.exitCode}: it must be a whole number from 1 to 255`);
    }
  }
}

/**
 * True for a {@link TaskFailure}, also of another copy of this package. An `exitCode` alone does not count: many errors
 * have one.
 */
export function isTaskFailure(value: unknown): value is TaskFailure {
  return value instanceof Error && FAILURE in value;
}
