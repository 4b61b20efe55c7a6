// The interface of a client of one agent. For every call that fails, it says whether the task may have run.
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
   * The deadline in milliseconds. The agent keeps it even while the app's event loop is stuck. It counts from the call,
   * including any wait for the call's turn. Default: that of `connect`; without it, none.
   */
  timeoutMs?: number;
  /** The deadline as a moment. If `timeoutMs` is given too, the earlier of the two counts. */
  deadline?: Date;
  /**
   * Cancels the run: the call rejects with CANCELLED at once, and `state` is the task's state at that moment, usually
   * `running`. To wait for the task's end, call `cancel(run, { waitMs })`.
   */
  signal?: AbortSignal;
  /**
   * Receives what the task prints, and a note where output was dropped. If it throws, the call rejects with that error;
   * the run continues.
   */
  onOutput?: (output: RunOutput) => void;
  /**
   * If this process reads too slowly, the task waits when it prints, and the app with it: no output is dropped.
   * Default: false; then `onOutput` learns how much was dropped.
   */
  lossless?: boolean;
  /** Receives the task's progress. If it throws, the call rejects as for `onOutput`. */
  onProgress?: (progress: RunProgress) => void;
  /** The run's id: 1 to 64 of `A-Z a-z 0-9 _ -`. Default: a random one. */
  run?: string;
}

/** Options of {@link Client.cast}. */
export type CastOptions = Pick<CallOptions, "timeoutMs" | "deadline" | "run">;

/** Options of methods that only ask. */
export interface AnswerOptions {
  /**
   * How long the answer may take, in milliseconds. Default: 5000, which is also the maximum where the main thread must
   * answer.
   */
  timeoutMs?: number;
}

/** A client of one agent. Every method rejects with an RpcError when the call fails. */
export interface Client<Tasks = AnyTasks> {
  /**
   * Calls a task and resolves to its value.
   *
   * @throws TaskError when the task threw; RpcError, identified by its `code`, when the call failed.
   */
  call<Name extends TaskName<Tasks>>(
    task: Name,
    ...rest: [] extends TaskArgs<Tasks, Name>
      ? [args?: TaskArgs<Tasks, Name> | undefined, options?: CallOptions]
      : [args: TaskArgs<Tasks, Name>, options?: CallOptions]
  ): Promise<TaskResult<Tasks, Name>>;
  /**
   * Begins a call and resolves to its run's id when the agent has accepted the call. The run continues without this
   * client: `runs` lists it and `cancel` ends it. Its output and progress are not received.
   *
   * @throws RpcError when the agent did not accept it.
   */
  cast<Name extends TaskName<Tasks>>(
    task: Name,
    ...rest: [] extends TaskArgs<Tasks, Name>
      ? [args?: TaskArgs<Tasks, Name> | undefined, options?: CastOptions]
      : [args: TaskArgs<Tasks, Name>, options?: CastOptions]
  ): Promise<string>;
  /**
   * Evaluates an expression over the tasks, `await Release.migrate(); await Release.seed()`, in a process beside the
   * app, and resolves to its value.
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
   * Fires a run's signal and waits (default 5 s) for the task to stop. Of a run that a call of this client has left
   * running, and that has ended since, it says `stopped`.
   */
  cancel(run: string, options?: { waitMs?: number }): Promise<CancelResult>;
  /**
   * Ends the connection. Runs go on; calls in flight reject with CONNECTION_LOST. Calling it again does nothing more.
   */
  close(): Promise<void>;
}
