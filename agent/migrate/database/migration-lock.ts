// The migration lock while it is held: a separate connection with an advisory lock. No migration runs on it, so it
// holds no snapshot for which a CREATE INDEX CONCURRENTLY would wait. When the lock is lost, the migration is stopped
// and the report says so.
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { cutConnection, endConnection } from "./end-connection.ts";
import { lockHolders, holdsLock } from "./lock-holders.ts";
import type { LockKeys } from "./lock-keys.ts";

const HEARTBEAT_MS = 1000;
/** A connection that is silent for this long counts as dead. */
const SILENCE_MS = 30_000;
/**
 * After a stall of the event loop, timers fire before data that has arrived meanwhile is read: the answer gets this
 * much more time.
 */
const ARRIVAL_MS = 1000;
const QUIET_MS = 1000;
const RELEASE_MS = 5000;

/** A held lock. */
export class MigrationLock {
  readonly client: Client;
  /** Undefined if the user has switched the lock off. */
  readonly keys: LockKeys | undefined;
  readonly #backend: number;
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #released = false;

  constructor({ client, keys, backend }: { client: Client; keys: LockKeys | undefined; backend: number }) {
    this.client = client;
    this.keys = keys;
    this.#backend = backend;
    client.on("error", (error) => this.#lose(error.message));
    client.on("end", () => this.#lose("its connection ended"));
    this.#heartbeat = setInterval(() => void this.verify().catch(() => {}), HEARTBEAT_MS).unref();
  }

  /** Aborted when the lock is lost; its reason is a TaskFailure (exit 75). */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Asks the database whether this session still holds the lock. @throws TaskFailure (exit 75) when it does not. */
  async verify(): Promise<void> {
    let timer = setTimeout(() => {
      timer = setTimeout(() => this.#lose(`its connection was silent for ${SILENCE_MS / 1000} s`), ARRIVAL_MS).unref();
    }, SILENCE_MS).unref();
    try {
      if (!this.keys) return void (await this.client.query("SELECT 1"));
      const { pid, held } = await holdsLock(this.client, this.keys.lock);
      if (pid !== this.#backend) this.#lose("its statements run in another backend");
      else if (!held) this.#lose("something unlocked it");
    } catch (error) {
      this.#lose(messageOf(error));
    } finally {
      clearTimeout(timer);
    }
    this.#lost.signal.throwIfAborted();
  }

  /**
   * Releases the lock and ends its connection, without a long wait even if the network is gone. Safe after the lock was
   * lost.
   */
  async release(): Promise<void> {
    this.#released = true;
    clearInterval(this.#heartbeat);
    const timer = setTimeout(() => cutConnection(this.client), RELEASE_MS);
    try {
      if (this.keys) await this.#unlock(this.keys);
    } catch {
      // The connection is gone, and the lock with it.
    }
    clearTimeout(timer);
    await endConnection(this.client);
  }

  async #unlock(keys: LockKeys): Promise<void> {
    await this.#quiet(keys);
    if (!this.#lost.signal.aborted) await this.client.query("SELECT pg_advisory_unlock($1)", [keys.lock]);
  }

  /**
   * Resolves when the backends of this process's ended sessions are gone. Otherwise the next holder would treat them as
   * those of a killed process.
   */
  async #quiet({ work }: LockKeys): Promise<void> {
    const deadline = performance.now() + QUIET_MS;
    while (!this.#lost.signal.aborted && performance.now() < deadline) {
      if ((await lockHolders(this.client, work)).length === 0) return;
      await delay(10);
    }
  }

  #lose(reason: string): void {
    if (this.#released || this.#lost.signal.aborted) return;
    clearInterval(this.#heartbeat);
    this.#lost.abort(new TaskFailure(`Lost the migration lock: ${reason}`, { exitCode: 75, code: "LOCK_LOST" }));
    cutConnection(this.client); // what still waits for an answer on it would wait for as long as the system does
  }
}
