// `connect()`: a client of one agent. It reconnects when the agent's gateway was started anew, and says of every call that
// was under way whether the task may have run.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "../shared/errors.ts";
import { connectionLost } from "../shared/outcomes.ts";
import {
  defined,
  type CallResult,
  type CancelResult,
  type DescribeResult,
  type Encoded,
  type Method,
  type PingResult,
  type RunDescription,
  type RunOutput,
  type RunProgress,
  type RunsResult,
  type StackResult,
} from "../shared/protocol.ts";
import { decode, encodeRich, isPlain } from "../shared/values.ts";
import { Connection, type LostState } from "./connection.ts";
import { findAgent, type Address, type Target } from "./discover.ts";
import type { AnyTasks, TaskArgs, TaskName, TaskResult } from "./typed.ts";

/** Options of {@link Client.call}. */
export interface CallOptions {
  /** The deadline in milliseconds, kept by the agent even while the app's event loop is stuck. Default: none. */
  timeoutMs?: number;
  /** Cancels the run; the call then rejects when the task has stopped. */
  signal?: AbortSignal;
  /** Hears what the task prints, and where something was dropped. */
  onOutput?: (output: RunOutput) => void;
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
  /** Answers also while the app's event loop is stuck. */
  ping(): Promise<PingResult>;
  /** The tasks, their parameters, and the agent's limits. */
  describe(): Promise<DescribeResult>;
  /** Where the app's main thread is now, also when it is stuck. */
  stack(): Promise<StackResult>;
  /** The runs in flight. */
  runs(): Promise<RunDescription[]>;
  /** Fires a run's signal and waits (default 5 s) for the task to stop. */
  cancel(run: string, options?: { waitMs?: number }): Promise<CancelResult>;
  /** Ends the connection. Runs go on. */
  close(): Promise<void>;
}

/** A gateway that ended by an error is back within a second; a client waits a little longer for it. */
const RECONNECT_DELAYS_MS = [50, 100, 200, 400, 800];

/**
 * Connects to an agent.
 *
 * @throws RpcError when there is none, or it is not clear which one is meant.
 */
export async function connect<Tasks = AnyTasks>(target: Target = {}): Promise<Client<Tasks>> {
  const address = await findAgent(target, process.env);
  // Untyped inside; `Tasks` is the caller's own word for what the agent holds.
  return new AgentClient(address, await Connection.open(address)) as unknown as Client<Tasks>;
}

class AgentClient implements Client<AnyTasks> {
  readonly #address: Address;
  #connection: Promise<Connection> | undefined;
  #closed = false;

  constructor(address: Address, connection: Connection) {
    this.#address = address;
    this.#connection = this.#track(Promise.resolve(connection));
  }

  async call(task: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    const { timeoutMs, signal, onOutput, onProgress, run = randomBytes(8).toString("hex") } = options;
    const params = { task, run, ...(await encodeArguments(args)), ...defined({ timeoutMs }) };
    if (signal?.aborted)
      throw new RpcError("CANCELLED", `Cancelled "${task}": the task did not start`, { run, state: "not-started" });
    const connection = await this.#connected();
    const stopListening = connection.listen(run, { onOutput, onProgress });
    const cancel = () => void this.cancel(run).catch(() => {}); // the call's own answer tells how it ended
    signal?.addEventListener("abort", cancel);
    try {
      const lost = (state: LostState) => connectionLost(this.#address.label, { run, task }, state);
      return await decodeResult(await connection.request<CallResult>({ method: "call", params, lost }));
    } finally {
      signal?.removeEventListener("abort", cancel);
      stopListening();
    }
  }

  ping(): Promise<PingResult> {
    return this.#ask("ping", {});
  }

  describe(): Promise<DescribeResult> {
    return this.#ask("describe", {});
  }

  stack(): Promise<StackResult> {
    return this.#ask("stack", {});
  }

  async runs(): Promise<RunDescription[]> {
    return (await this.#ask<RunsResult>("runs", {})).runs;
  }

  cancel(run: string, { waitMs }: { waitMs?: number } = {}): Promise<CancelResult> {
    return this.#ask("cancel", { run, ...defined({ waitMs }) });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined); // one that cannot be opened is closed
    connection?.close();
    await connection?.ended;
  }

  async #ask<Result>(method: Method, params: object): Promise<Result> {
    const lost = () => new RpcError("CONNECTION_LOST", `Lost ${this.#address.label} before it answered "${method}"`);
    const connection = await this.#connected();
    return connection.request<Result>({ method, params, lost });
  }

  /** The open connection, or a new one: a call that was never sent can safely wait for it. */
  #connected(): Promise<Connection> {
    if (this.#closed) return Promise.reject(new RpcError("CONNECTION_LOST", "Cannot call: this client is closed"));
    this.#connection ??= this.#track(reopen(this.#address));
    return this.#connection;
  }

  #track(opening: Promise<Connection>): Promise<Connection> {
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    opening.then((connection) => connection.ended).then(forget, forget);
    return opening;
  }
}

async function reopen(address: Address): Promise<Connection> {
  for (const delayMs of RECONNECT_DELAYS_MS) {
    try {
      return await Connection.open(address);
    } catch {
      await sleep(delayMs);
    }
  }
  return Connection.open(address);
}

async function encodeArguments(args: readonly unknown[]): Promise<{ args?: unknown[] | string; encoding?: "devalue" }> {
  if (args.length === 0) return {};
  if (isPlain(args)) return { args: [...args] };
  const { value, encoding } = encodeRich(args, await import("devalue"));
  return typeof value === "string" && encoding ? { args: value, encoding } : {};
}

async function decodeResult({ value, encoding }: Encoded): Promise<unknown> {
  return encoding === undefined ? value : decode({ value, encoding }, await import("devalue"));
}
