// `connect()`: finds the agent, opens the connection, and makes the client over it.
import { checkTime } from "../shared/check-time.ts";
import { AgentClient } from "./agent-client.ts";
import { DEFAULT_QUEUED } from "./call-places.ts";
import type { Client } from "./client.ts";
import { findAgent, type Target } from "./find/discover.ts";
import { ANSWER_LIMIT_MS } from "./wire/limits.ts";
import { Link } from "./link.ts";
import type { AnyTasks } from "./typed.ts";

/** Options of {@link connect}. */
export interface ConnectOptions extends Target {
  /**
   * How long the agent may take to accept a connection, in milliseconds; also after the connection was lost. A
   * suspended process accepts none: that costs one wait, not one for each call. Default: 5000.
   */
  connectTimeoutMs?: number;
  /** The deadline of calls that name none, in milliseconds. Default: none. */
  timeoutMs?: number;
  /**
   * How many calls may wait for their turn: the agent accepts 128 requests in flight on a connection. A call beyond
   * this number rejects with TOO_MANY. Default: 10,000.
   */
  queued?: number;
}

/**
 * Connects to an agent. The open connection keeps this process alive until `close()`, as a database client's does. If
 * the agent's gateway restarts, the next call connects again.
 *
 * @throws RpcError when there is no agent, or when it is not clear which one is meant.
 */
export async function connect<Tasks = AnyTasks>(options: ConnectOptions = {}): Promise<Client<Tasks>> {
  const { connectTimeoutMs = ANSWER_LIMIT_MS, timeoutMs, queued = DEFAULT_QUEUED, ...target } = options;
  checkTime(connectTimeoutMs);
  checkTime(timeoutMs);
  const address = await findAgent(target, process.env);
  const link = await Link.open(address, { connectTimeoutMs, queued });
  // Untyped inside: only the caller knows which `Tasks` the agent has.
  return new AgentClient(link, timeoutMs) as unknown as Client<Tasks>;
}
