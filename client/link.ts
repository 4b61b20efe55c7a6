// The link to one agent: an open connection, made anew when the one before has ended, as when the agent's gateway was
// started again.
import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "../shared/errors.ts";
import type { Address } from "./address.ts";
import type { Connection } from "./connection.ts";
import { ANSWER_LIMIT_MS, Deadline } from "./deadline.ts";
import { open } from "./open.ts";

/** A gateway that ended by an error is back within a second; a client waits a little longer for it. */
const RECONNECT_DELAYS_MS = [50, 100, 200, 400, 800];

/** A connection that comes back. */
export class Link {
  readonly address: Address;
  #connection: Promise<Connection> | undefined;
  #closed = false;

  private constructor(address: Address, connection: Connection) {
    this.address = address;
    this.#connection = this.#track(Promise.resolve(connection));
  }

  /** @throws RpcError when the agent cannot be reached. */
  static async open(address: Address): Promise<Link> {
    return new Link(address, await open(address, new Deadline(ANSWER_LIMIT_MS)));
  }

  /** The open connection, or a new one: a request that was never sent can safely wait for it. */
  connection(): Promise<Connection> {
    if (this.#closed) return Promise.reject(new RpcError("CONNECTION_LOST", "Cannot call: this client is closed"));
    this.#connection ??= this.#track(reopen(this.address));
    return this.#connection;
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined); // one that cannot be opened is closed
    connection?.close();
    await connection?.ended;
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
      return await open(address, new Deadline(ANSWER_LIMIT_MS));
    } catch {
      await sleep(delayMs);
    }
  }
  return open(address, new Deadline(ANSWER_LIMIT_MS));
}
