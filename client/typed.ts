// What `connect<typeof tasks>()` knows at compile time: the names of the tasks, their arguments and their results.

/** Means that the tasks are not known here: any name, any arguments, an unknown result. */
export interface AnyTasks {
  readonly "~untyped": true;
}

/** The names of all tasks in `Tasks`: `"Release.migrate" | "Release.seed"`. */
export type TaskName<Tasks> = Tasks extends AnyTasks ? string : Names<Tasks, "">;

/** The arguments of the task with that name, as a tuple. */
export type TaskArgs<Tasks, Name> = Tasks extends AnyTasks ? readonly unknown[] : ArgsOf<TaskAt<Tasks, Name>>;

/** What a call of the task with that name resolves to. */
export type TaskResult<Tasks, Name> = Tasks extends AnyTasks ? unknown : ResultOf<TaskAt<Tasks, Name>>;

// The type of the result of remsh's `task()`. The client knows it by its shape, because it never imports the agent.
interface TypedTask<Args, Result> {
  readonly run: unknown;
  readonly "~types"?: { args: Args; result: Result };
}

type AnyFunction = (...args: never) => unknown;

// Namespaces may be nested as deeply as the agent allows. Without this limit, TypeScript would search for ever in the
// type of a database pool that lies among the tasks.
type Names<Tasks, Prefix extends string, Depth extends 0[] = []> = Depth["length"] extends 6
  ? never
  : {
      [Key in keyof Tasks & string]: Tasks[Key] extends AnyFunction | TypedTask<unknown, unknown>
        ? `${Prefix}${Key}`
        : Tasks[Key] extends object
          ? Names<Tasks[Key], `${Prefix}${Key}.`, [...Depth, 0]>
          : never;
    }[keyof Tasks & string];

type TaskAt<Tasks, Name> = Name extends keyof Tasks
  ? Tasks[Name]
  : Name extends `${infer Head}.${infer Rest}`
    ? Head extends keyof Tasks
      ? TaskAt<Tasks[Head], Rest>
      : never
    : never;

type ArgsOf<Found> = Found extends (...args: infer Args) => unknown
  ? Args
  : Found extends TypedTask<infer Args extends unknown[], unknown>
    ? Args
    : never;

type ResultOf<Found> = Found extends (...args: never) => infer Result
  ? Awaited<Result>
  : Found extends TypedTask<unknown, infer Result>
    ? Result
    : never;
