// The session in which one migration runs. It is fresh, so that no setting of an earlier migration carries over. When
// the run is cancelled, its statement is cancelled in the database. When the migration is done, its connections end, so
// that it holds no locks.
import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientConfig } from "pg";
import { enableKeepalive } from "./enable-keepalive.ts";
import type { Database } from "./database.ts";
import { endConnection } from "./end-connection.ts";
import { runCancellable } from "./run-cancellable.ts";
import type { MigrationLock } from "./migration-lock.ts";
import { applySettings, restoreSettings, wantedSettings, type Settings } from "./settings.ts";
import type { SessionRequest } from "./any-database.ts";
import { mergeFates, type Fate, type LastWords } from "./fate.ts";
import type { TransactionFollower } from "./transaction-follower.ts";
import { isBookkeeping } from "../sql/statement-kinds.ts";
import { StatementLog } from "./statement-log.ts";
import { watchStatements } from "./statement-watch.ts";

const GONE_MS = 2000;

const NO_ACTIVE_TRANSACTION = "25P01";

/** The backends of $1 that are alive. */
const ALIVE = `json_to_recordset($1) AS ours(pid int, started text)
  JOIN pg_stat_activity a ON a.pid = ours.pid AND a.backend_start::text = ours.started`;

/** What a session is made from. */
export interface SessionOptions extends SessionRequest {
  readonly database: Database;
  readonly lock?: MigrationLock;
}

/** A session; engines ask it for connections. */
export class Session {
  readonly watch: StatementLog;
  readonly schema: string | undefined;
  readonly print: (line: string) => void;
  /** What the database noticed, such as `relation "x" already exists, skipping`. */
  readonly notices: string[] = [];
  readonly #options: SessionOptions;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  readonly #opened: Client[] = [];
  readonly #followers: TransactionFollower[] = [];
  #lost = false;
  /** Each backend with its start time, because the number alone may later belong to another backend. */
  readonly #backends: { pid: number; started: string }[] = [];
  #settled = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#settings = wantedSettings(options.schema, options.settings);
    this.#signal = options.lock ? AbortSignal.any([options.signal, options.lock.lost]) : options.signal;
    const { own, tellStatement } = options;
    this.watch = new StatementLog(tellStatement && ((text) => void (isBookkeeping(text, own) || tellStatement(text))));
    this.schema = options.schema;
    this.print = options.print;
  }

  /** Opens a connection. The session ends it. */
  async connect(): Promise<Client> {
    const client = await this.#options.database.connect();
    this.#opened.push(client);
    await this.adopt(client);
    return client;
  }

  /**
   * For an engine whose own driver connects. The engine passes each new connection to `adopt` before its first
   * statement.
   */
  config(): ClientConfig {
    return this.#options.database.config();
  }

  /** Makes a connection part of the session: its settings, its share of the lock, its cancellation, its notices. */
  async adopt(client: Client): Promise<void> {
    const { lock } = this.#options;
    await enableKeepalive(client);
    await applySettings(client, this.#settings);
    const { rows } = await client.query<{ pid: number; started: string }>(
      `SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    );
    this.#backends.push(...rows);
    if (lock) {
      // In this order: the next holder of the lock ends all sessions that share `work`. If this session is too late to
      // be seen there, the lock is already lost, and verify says so.
      if (lock.keys) await client.query("SELECT pg_try_advisory_lock_shared($1)", [lock.keys.work]);
      await lock.verify();
    }
    this.#signal.throwIfAborted();
    client.on("notice", ({ code, severity, message }) => {
      // An engine has ended a transaction that does not exist: node-pg-migrate does so after a failure outside a
      // transaction.
      if (code !== NO_ACTIVE_TRANSACTION) this.#note(severity, message);
    });
    this.#followers.push(watchStatements(client, this.watch, (text) => isBookkeeping(text, this.#options.own)));
    client.on("end", () => (this.#lost ||= !this.#settled));
  }

  /** The outcome of the statements on all its connections. Correct only when its backends are gone. */
  fate(): Fate {
    return mergeFates(this.#followers.map((follower) => follower.fate()));
  }

  /** What the server said when it ended one of its connections. */
  get lastWords(): LastWords | undefined {
    return this.#followers.find(({ lastWords }) => lastWords)?.lastWords;
  }

  /** True when one of its connections ended while the migration ran. */
  get lostConnection(): boolean {
    return this.#lost;
  }

  /** Restores what a migration has set on the connection, before its record is written there. */
  async restore(client: Client): Promise<void> {
    await restoreSettings(client, this.#settings);
    await enableKeepalive(client);
  }

  /** Runs the work, cancels it in the database when the signal aborts, and ends the session. */
  async run<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    try {
      return await runCancellable(() => work(this), {
        signal: this.#signal,
        lockLost: this.#options.lock?.lost,
        stop: (how) => this.#signalBackends(how === "cancel" ? "pg_cancel_backend" : "pg_terminate_backend"),
      });
    } finally {
      this.#settled = true;
      await Promise.all(this.#opened.map(endConnection));
    }
  }

  /**
   * Resolves to true when its backends are gone, so that their outcome can be read. The client belongs to another
   * session.
   */
  async gone(client: Client): Promise<boolean> {
    const deadline = performance.now() + GONE_MS;
    const alive = `SELECT FROM ${ALIVE}`;
    while ((await client.query(alive, [JSON.stringify(this.#backends)])).rowCount !== 0) {
      if (performance.now() >= deadline) return false;
      await delay(10);
    }
    return true;
  }

  async #signalBackends(how: "pg_cancel_backend" | "pg_terminate_backend"): Promise<void> {
    const { database, lock } = this.#options;
    const statement = `SELECT ${how}(a.pid) FROM ${ALIVE}`;
    try {
      const send = (client: Client): Promise<unknown> => client.query(statement, [JSON.stringify(this.#backends)]);
      await (lock && !lock.lost.aborted ? send(lock.client) : database.use(send));
    } catch {
      // The database does not answer at the moment: the next round tries again.
    }
  }

  #note(severity: string | undefined, message: string | undefined): void {
    this.notices.push(message ?? "");
    this.print(`${severity}: ${message}`);
  }
}
