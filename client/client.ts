// What a client of one agent offers. It says of every call that failed whether the task may have run.
import type {
  CancelResult,
  DescribeResult,
  PingParams,
  PingResult,
  RunDescription,
  RunOutput,
  RunProgress,
  StackResult,
} from "../shared/messages/messages.ts";
import type { AnyTasks, TaskArgs, TaskName, TaskResult } from "./typed.ts";

/** Options of {@link Client.call}. */
export interface CallOptions {
  /**
   * The deadline in milliseconds, kept by the agent even while the app's event loop is stuck. It begins with the call, and counts
   * while the call waits for its turn. Default: that of `connect`, else none.
   */
  timeoutMs?: number;
  /** The deadline as a moment; with `timeoutMs` the earlier of the two counts. */
  deadline?: Date;
  /**
   * Cancels the run: the call rejects with CANCELLED at once, and `state` says what became of the task until then, mostly `running`.
   * Whoever wants to wait for its end calls `cancel(run, { waitMs })`.
   */
  signal?: AbortSignal;
  /** Hears what the task prints, and where something was dropped. If it throws, the call rejects with that; the run goes on. */
  onOutput?: (output: RunOutput) => void;
  /**
   * Whatever the task prints waits while this process reads too slowly, and the app with it: nothing is dropped. Default: false;
   * then `onOutput` hears how much was.
   */
  lossless?: boolean;
  /** Hears how far the task has come. If it throws: as above. */
  onProgress?: (progress: RunProgress) => void;
  /** The run's id: 1 to 64 of `A-Z a-z 0-9 _ -`. Default: a random one. */
  run?: string;
}

/** Options of {@link Client.cast}. */
export type CastOptions = Pick<CallOptions, "timeoutMs" | "deadline" | "run">;

/** Options of what is only asked. */
export interface AnswerOptions {
  /** How long the answer may take, in milliseconds; default and, for what the main thread answers, at most 5000. */
  timeoutMs?: number;
}

/** A client of one agent. Every method rejects with an RpcError when the call fails. */
export interface Client<Tasks = AnyTasks> {
  /**
   * Calls a task and resolves to its value.
   *
   * @throws TaskError when the task threw; RpcError, told by its `code`, when the call failed.
   */
  call<Name extends TaskName<Tasks>>(
    task: Name,
    ...rest: [] extends TaskArgs<Tasks, Name>
      ? [args?: TaskArgs<Tasks, Name> | undefined, options?: CallOptions]
      : [args: TaskArgs<Tasks, Name>, options?: CallOptions]
  ): Promise<TaskResult<Tasks, Name>>;
  /**
   * Begins a call and resolves to its run's id when the agent has taken it: it goes on without this client. What becomes of it is
   * seen in `runs`; `cancel` ends it. Output and progress are not heard.
   *
   * @throws RpcError when it was not taken.
   */
  cast<Name extends TaskName<Tasks>>(
    task: Name,
    ...rest: [] extends TaskArgs<Tasks, Name>
      ? [args?: TaskArgs<Tasks, Name> | undefined, options?: CastOptions]
      : [args: TaskArgs<Tasks, Name>, options?: CastOptions]
  ): Promise<string>;
  /**
   * Evaluates an expression over the tasks, `await Release.migrate(); await Release.seed()`, in a process beside the app, and
   * resolves to its value.
   *
   * @throws as {@link Client.call}.
   */
  evaluate(code: string, options?: CallOptions): Promise<unknown>;
  /**
   * Answers also while the app's event loop is stuck: `status` is `stalled` then. With `ready` the app is asked whether
   * it is ready for traffic.
   */
  ping(params?: PingParams): Promise<PingResult>;
  /** The tasks, their parameters, and the agent's limits. */
  describe(options?: AnswerOptions): Promise<DescribeResult>;
  /** Where the app's main thread is now, also when it is stuck. */
  stack(options?: AnswerOptions): Promise<StackResult>;
  /** The runs in flight. */
  runs(options?: AnswerOptions): Promise<RunDescription[]>;
  /**
   * Fires a run's signal and waits (default 5 s) for the task to stop. Of a run that a call of this client has left running, and
   * that has ended since, it says `stopped`.
   */
  cancel(run: string, options?: { waitMs?: number }): Promise<CancelResult>;
  /** Ends the connection. Runs go on; calls in flight reject with CONNECTION_LOST. Calling it again does nothing more. */
  close(): Promise<void>;
}
