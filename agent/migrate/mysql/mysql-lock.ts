// The migration lock in MySQL while it is held: GET_LOCK on a separate connection. That connection sleeps in one
// statement after the other. Each shows others, in the list of what the server does, which process holds the lock.
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { AnyLock } from "../database/any-database.ts";
import { endMysql, type MysqlConnection } from "./mysql-connection.ts";
import { holderOf, signature, type LockNames } from "./named-locks.ts";

/** The server notices within this time that a process is gone, and frees its lock. */
const SLEEP_S = 1;
/** A connection that is silent for this long counts as dead. */
const SILENCE_MS = 30_000;
const QUIET_MS = 1000;

/** Its two connections: the lock is held on the one, and the other reads. */
export interface LockConnections {
  readonly keeper: MysqlConnection;
  readonly reader: MysqlConnection;
}

/** A held lock. */
export class MysqlLock implements AnyLock<MysqlConnection> {
  readonly client: MysqlConnection;
  /** Undefined if the user has switched the lock off. */
  readonly names: LockNames | undefined;
  readonly #keeper: MysqlConnection;
  readonly #lost = new AbortController();
  readonly #beating: Promise<void>;
  #released = false;

  constructor({ keeper, reader }: LockConnections, names: LockNames | undefined) {
    this.client = reader;
    this.names = names;
    this.#keeper = keeper;
    this.#beating = this.#beat();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Asks on another connection whether the lock is still held. @throws TaskFailure (exit 75) when it is not. */
  async verify(connection: MysqlConnection): Promise<void> {
    if (this.names) {
      const holder = await holderOf(connection, this.names.lock);
      if (holder?.id !== this.#keeper.id) this.#lose("something unlocked it");
    }
    this.#lost.signal.throwIfAborted();
  }

  async release(): Promise<void> {
    this.#released = true;
    try {
      await this.#quiet();
      await this.client.query(`KILL QUERY ${this.#keeper.id}`); // the statement in which it sleeps
      await this.#beating;
      if (this.names) await this.#keeper.query("SELECT RELEASE_LOCK(?)", [this.names.lock]);
    } catch {
      // The connection is gone or was just interrupted: the lock ends with it.
    }
    await Promise.all([endMysql(this.#keeper), endMysql(this.client)]);
  }

  async #beat(): Promise<void> {
    const held = this.names ? "IS_USED_LOCK(?) = CONNECTION_ID()" : "1";
    const text = `SELECT ${signature()} ${held} AS held, SLEEP(${SLEEP_S}) AS slept`;
    while (!this.#released && !this.#lost.signal.aborted) {
      const timer = setTimeout(() => this.#lose(`its connection was silent for ${SILENCE_MS / 1000} s`), SILENCE_MS);
      try {
        const [row] = await this.#keeper.query<{ held: number }>(text, this.names ? [this.names.lock] : []);
        if (Number(row?.held) !== 1) this.#lose("something unlocked it");
      } catch (error) {
        this.#lose(messageOf(error));
      } finally {
        clearTimeout(timer);
      }
    }
  }

  /** Resolves when this process's ended sessions are gone: the next holder would end them, and say so. */
  async #quiet(): Promise<void> {
    const deadline = performance.now() + QUIET_MS;
    for (const name of this.names?.work ?? []) {
      while (performance.now() < deadline && (await holderOf(this.client, name))) await delay(10);
    }
  }

  #lose(reason: string): void {
    if (this.#released || this.#lost.signal.aborted) return;
    this.#lost.abort(new TaskFailure(`Lost the migration lock: ${reason}`, { exitCode: 75, code: "LOCK_LOST" }));
    this.#keeper.driver.destroy(); // what still waits for an answer on it would wait for as long as the system does
  }
}
