// The session in which one migration runs in SQLite: its connections, its settings, and how it is cancelled.
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { SessionRequest } from "../database/any-database.ts";
import { mergeFates, type Fate } from "../database/fate.ts";
import { runCancellable } from "../database/run-cancellable.ts";
import type { SqlSession } from "../database/sql-connection.ts";
import { StatementLog } from "../database/statement-log.ts";
import { ownStatement } from "../sql/own-statement.ts";
import { isBookkeeping } from "../sql/statement-kinds.ts";
import { followStatements } from "./follow-statements.ts";
import { openSqlite, type SqliteConnection, type SqliteDriver } from "./sqlite-connection.ts";

/** A session in SQLite. */
export class SqliteSession implements SqlSession {
  readonly watch: StatementLog;
  readonly schema: undefined;
  readonly print: (line: string) => void;
  readonly notices: readonly string[] = [];
  readonly lastWords: undefined;
  readonly lostConnection = false;
  readonly #file: string;
  readonly #request: SessionRequest;
  readonly #opened: SqliteConnection[] = [];
  readonly #fates: (() => Fate)[] = [];

  constructor(file: string, request: SessionRequest) {
    const { own, tellStatement, print } = request;
    this.#file = file;
    this.#request = request;
    this.watch = new StatementLog(tellStatement && ((text) => void (isBookkeeping(text, own) || tellStatement(text))));
    this.print = print;
  }

  options(): object {
    return { filename: this.#file };
  }

  async connect(): Promise<SqliteConnection> {
    const connection = await openSqlite(this.#file);
    this.#opened.push(connection);
    await this.adopt(connection.driver);
    return connection;
  }

  async adopt(driver: unknown): Promise<void> {
    this.#applySettings(driver as SqliteDriver); // remsh's own, or that of better-sqlite3
    this.#fates.push(
      followStatements(driver as SqliteDriver, {
        log: this.watch,
        isOwn: (text) => isBookkeeping(text, this.#request.own),
        mayRun: () => this.#request.signal.throwIfAborted(),
      }),
    );
  }

  fate(): Fate {
    return mergeFates(this.#fates.map((fate) => fate()));
  }

  async restore({ driver }: SqliteConnection): Promise<void> {
    this.#applySettings(driver);
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const close = (): void => {
      for (const { driver } of this.#opened.splice(0)) driver.close();
    };
    try {
      const { signal } = this.#request;
      const stop = async (how: "cancel" | "terminate"): Promise<void> => (how === "terminate" ? close() : undefined);
      return await runCancellable(work, { signal, lockLost: undefined, stop });
    } finally {
      close();
    }
  }

  /** A closed connection has rolled back what was open. */
  async gone(): Promise<boolean> {
    return true;
  }

  #applySettings(driver: SqliteDriver): void {
    for (const [name, value] of Object.entries(this.#request.settings ?? {})) {
      try {
        if (!/^\w+$/.test(name) || !/^[\w-]+$/.test(value)) throw new Error("it is no PRAGMA");
        driver.exec(ownStatement(`PRAGMA ${name} = ${value}`));
      } catch (cause) {
        throw new TaskFailure(`Cannot set "${name}" to "${value}" in the database: ${messageOf(cause)}`, {
          exitCode: 78,
          code: "BAD_SETTING",
          cause,
        });
      }
    }
  }
}
