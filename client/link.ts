// The link to one agent: an open connection, and a new one when that has ended, as after a restart of the agent's
// gateway.
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_DURATION_MS } from "../shared/duration.ts";
import { RpcError } from "../shared/errors.ts";
import { within } from "../shared/within.ts";
import { silent, type Address } from "./wire/address.ts";
import type { Connection } from "./connection.ts";
import { Deadline } from "./wire/deadline.ts";
import { open } from "./open.ts";

/** A gateway that ended with an error is back within a second; a client waits a little longer. */
const RECONNECT_DELAYS_MS = [50, 100, 200, 400, 800];

/** How a link connects. */
export interface LinkOptions {
  /** How long the agent may take to accept a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How many calls may wait for a place in the connection. */
  queued: number;
}

/** A connection that is made again when it is lost. */
export class Link {
  readonly address: Address;
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #connection: Promise<Connection>;
  /** When the attempt under way must have succeeded or failed. A silent agent costs one wait, not one for each call. */
  #patience: Deadline | undefined;
  /** The last connection has ended, and no attempt to make another is under way. */
  #isOver = false;
  /** Nothing listened at the last attempt, so the next one does not wait for an agent. */
  #isDown = false;

  private constructor(address: Address, connection: Connection, options: LinkOptions) {
    this.address = address;
    this.#options = options;
    this.#connection = this.#track(Promise.resolve(connection));
  }

  /** @throws RpcError when the agent cannot be reached in time. */
  static async open(address: Address, options: LinkOptions): Promise<Link> {
    const deadline = new Deadline(options.connectTimeoutMs, 0);
    return new Link(address, await open(address, { deadline, queued: options.queued }), options);
  }

  /** The open connection, or a new one. A request that was never sent can safely wait for it. */
  connection(): Promise<Connection> {
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    if (this.#isOver) {
      this.#isOver = false;
      this.#patience = new Deadline(this.#options.connectTimeoutMs, 0);
      this.#connection = this.#track(this.#reopen());
    }
    return this.#patience ? this.#within(this.#patience) : this.#connection;
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    const connection = await this.#connection.catch(() => undefined); // one that cannot be opened counts as closed
    connection?.close();
    await connection?.ended;
  }

  #track(opening: Promise<Connection>): Promise<Connection> {
    const forget = () => (this.#isOver = true);
    const opened = opening.then((connection) => {
      this.#patience = undefined;
      return connection.ended;
    });
    opened.then(forget, forget);
    return opening;
  }

  /** If a caller gives up, the attempt continues: an agent that resumes will answer it. */
  #within(patience: Deadline): Promise<Connection> {
    const { hasPassed, leftMs = MAX_DURATION_MS } = patience;
    const late = () => {
      throw silent(this.address, patience);
    };
    return within(hasPassed ? 0 : leftMs, this.#connection, { late });
  }

  async #reopen(): Promise<Connection> {
    const opening = { deadline: new Deadline(), signal: this.#closing.signal, queued: this.#options.queued };
    for (const delayMs of this.#isDown ? [] : RECONNECT_DELAYS_MS) {
      try {
        return await open(this.address, opening);
      } catch {
        this.#closing.signal.throwIfAborted();
        await sleep(delayMs);
      }
    }
    this.#isDown = true;
    const connection = await open(this.address, opening);
    this.#isDown = false;
    return connection;
  }
}

function closed(): RpcError {
  return new RpcError("CONNECTION_LOST", "Cannot call: this client is closed", { state: "not-started" });
}
