// `connect()`: a client of one agent. It says of every call that failed whether the task may have run.
import type {
  CancelResult,
  DescribeResult,
  PingParams,
  PingResult,
  RunDescription,
  RunOutput,
  RunProgress,
  StackResult,
} from "../shared/messages.ts";
import { AgentClient } from "./agent-client.ts";
import { findAgent, type Target } from "./discover.ts";
import { Link } from "./link.ts";
import type { AnyTasks, TaskArgs, TaskName, TaskResult } from "./typed.ts";

/** Options of {@link Client.call}. */
export interface CallOptions {
  /** The deadline in milliseconds, kept by the agent even while the app's event loop is stuck. Default: none. */
  timeoutMs?: number;
  /** Cancels the run; the call then rejects with CANCELLED when the task has stopped. */
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
   * Answers also while the app's event loop is stuck: `status` is `stalled` then. With `ready` the app is asked whether
   * it is ready for traffic.
   */
  ping(params?: PingParams): Promise<PingResult>;
  /** The tasks, their parameters, and the agent's limits. */
  describe(): Promise<DescribeResult>;
  /** Where the app's main thread is now, also when it is stuck. */
  stack(): Promise<StackResult>;
  /** The runs in flight. */
  runs(): Promise<RunDescription[]>;
  /** Fires a run's signal and waits (default 5 s) for the task to stop. */
  cancel(run: string, options?: { waitMs?: number }): Promise<CancelResult>;
  /** Ends the connection. Runs go on; calls in flight reject with CONNECTION_LOST. Calling it again does nothing more. */
  close(): Promise<void>;
}

/**
 * Connects to an agent. The open connection keeps this process alive until `close()`, as a database client's does. When
 * the agent's gateway was started anew, the next call connects again.
 *
 * @throws RpcError when there is none, or it is not clear which one is meant.
 */
export async function connect<Tasks = AnyTasks>(target: Target = {}): Promise<Client<Tasks>> {
  const address = await findAgent(target, process.env);
  // Untyped inside; `Tasks` is the caller's own word for what the agent holds.
  return new AgentClient(await Link.open(address)) as unknown as Client<Tasks>;
}
