// The session in which one migration runs in MySQL: its connections, its settings, and how it is cancelled.
import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "mysql2";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { SessionRequest } from "../database/any-database.ts";
import { codeOf } from "../database/code-of.ts";
import { mergeFates, type Fate, type LastWords } from "../database/fate.ts";
import { runCancellable } from "../database/run-cancellable.ts";
import type { SqlSession } from "../database/sql-connection.ts";
import { StatementLog } from "../database/statement-log.ts";
import { ownStatement } from "../sql/own-statement.ts";
import { isBookkeeping } from "../sql/statement-kinds.ts";
import { connectionOf, endMysql, prepare, type MysqlConnection, type MysqlServer } from "./mysql-connection.ts";
import type { MysqlLock } from "./mysql-lock.ts";
import { tryLock } from "./named-locks.ts";
import { StatementFollower } from "./statement-follower.ts";

const GONE_MS = 2000;

/** A session in MySQL. */
export class MysqlSession implements SqlSession {
  readonly watch: StatementLog;
  readonly schema: undefined;
  readonly print: (line: string) => void;
  readonly notices: readonly string[] = [];
  readonly #server: MysqlServer;
  readonly #request: SessionRequest;
  readonly #lock: MysqlLock | undefined;
  readonly #signal: AbortSignal;
  readonly #opened: MysqlConnection[] = [];
  readonly #followers: StatementFollower[] = [];
  readonly #ids: number[] = [];
  #lost = false;
  #settled = false;

  constructor(server: MysqlServer, request: SessionRequest, lock: MysqlLock | undefined) {
    const { own, tellStatement, signal, print } = request;
    this.#server = server;
    this.#request = request;
    this.#lock = lock;
    this.#signal = lock ? AbortSignal.any([signal, lock.lost]) : signal;
    this.watch = new StatementLog(tellStatement && ((text) => void (isBookkeeping(text, own) || tellStatement(text))));
    this.print = print;
  }

  get lastWords(): LastWords | undefined {
    return this.#followers.find(({ lastWords }) => lastWords)?.lastWords;
  }

  get lostConnection(): boolean {
    return this.#lost || this.lastWords !== undefined;
  }

  options(): object {
    return this.#server.options();
  }

  async connect(): Promise<MysqlConnection> {
    const connection = await this.#server.connect();
    this.#opened.push(connection);
    await this.adopt(connection.driver);
    return connection;
  }

  async adopt(driver: unknown): Promise<void> {
    const connection = connectionOf(driver as Connection); // mysql2 is the only driver that engines get options for
    this.#ids.push(connection.id);
    await prepare(connection.driver);
    await this.#applySettings(connection);
    if (this.#lock) {
      // In this order: the next holder of the lock ends all sessions that hold one of `work`. If this session is too late
      // to be seen there, the lock is already lost, and verify says so.
      for (const name of this.#lock.names?.work ?? []) if (await tryLock(connection, name)) break;
      await this.#lock.verify(connection);
    }
    this.#signal.throwIfAborted();
    this.#followers.push(
      new StatementFollower(connection.driver, this.watch, (text) => isBookkeeping(text, this.#request.own)),
    );
    connection.driver.once("error", () => (this.#lost ||= !this.#settled));
  }

  fate(): Fate {
    return mergeFates(this.#followers.map((follower) => follower.fate()));
  }

  async restore(connection: MysqlConnection): Promise<void> {
    await connection.query(ownStatement("USE ??"), [this.#server.address.database]);
    await this.#applySettings(connection);
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await runCancellable(work, {
        signal: this.#signal,
        lockLost: this.#lock?.lost,
        stop: (how) => this.#stop(how === "cancel" ? "KILL QUERY" : "KILL"),
      });
    } finally {
      this.#settled = true;
      await Promise.all(this.#opened.map(endMysql));
    }
  }

  async gone(client: MysqlConnection): Promise<boolean> {
    const deadline = performance.now() + GONE_MS;
    while ((await this.#alive(client)).length > 0) {
      if (performance.now() >= deadline) return false;
      await delay(10);
    }
    return true;
  }

  async #alive(connection: MysqlConnection): Promise<number[]> {
    const text = "SELECT id AS id FROM information_schema.processlist WHERE id IN (0";
    const rows = await connection.query<{ id: number }>(`${text}${",?".repeat(this.#ids.length)})`, this.#ids);
    return rows.map(({ id }) => Number(id));
  }

  async #stop(how: "KILL QUERY" | "KILL"): Promise<void> {
    try {
      await this.#server.use(async (connection) => {
        for (const id of await this.#alive(connection)) await connection.query(`${how} ${id}`);
      });
    } catch {
      // The database does not answer at the moment: the next round tries again.
    }
  }

  async #applySettings(connection: MysqlConnection): Promise<void> {
    for (const [name, value] of Object.entries(this.#request.settings ?? {})) {
      const given = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value; // MySQL takes no text for a number
      await connection.query(ownStatement("SET SESSION ?? = ?"), [name, given]).catch((cause: unknown) => {
        if (!/^ER_/.test(codeOf(cause) ?? "")) throw cause;
        throw new TaskFailure(`Cannot set "${name}" to "${value}" in the database: ${messageOf(cause)}`, {
          exitCode: 78,
          code: "BAD_SETTING",
          cause,
        });
      });
    }
  }
}
