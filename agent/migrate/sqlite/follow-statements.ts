// Follows the statements on one connection to SQLite, to know what a migration that failed has left behind. SQLite rolls
// back changes of the schema, too, and says at any moment whether a transaction is open.
import type { Fate } from "../database/fate.ts";
import type { StatementLog } from "../database/statement-log.ts";
import { findStatements } from "../sql/find-statements.ts";
import { isReading } from "../sql/statement-kinds.ts";
import { isInTransaction, nameCode, type SqliteDriver } from "./sqlite-connection.ts";

const HARMLESS = /^(?:begin|commit|end|rollback|savepoint|release|pragma|explain|analyze|attach|detach)\b/i;

const COMMIT = /^(?:commit|end)\b/i;
const ROLLBACK = /^rollback\b(?!\s+(?:transaction\s+)?to\b)/i;

/** How a connection is followed. */
export interface Following {
  readonly log: StatementLog;
  /** Recognises the statements of the engine's own book-keeping. */
  readonly isOwn: (text: string) => boolean;
  /** Throws when the run was cancelled: SQLite cannot be interrupted inside a statement. */
  readonly mayRun: () => void;
}

/** From now on the statements on this connection are followed. The returned function tells their outcome. */
export function followStatements(driver: SqliteDriver, following: Following): () => Fate {
  const follower = new Follower(driver, following);
  const exec = driver.exec.bind(driver);
  const prepare = driver.prepare.bind(driver);
  Object.assign(driver, {
    exec: (text: string) => follower.run(text, () => exec(text)),
    prepare(text: string) {
      const statement = follower.read(text, () => prepare(text));
      for (const method of ["run", "all", "get"]) {
        const call: unknown = Reflect.get(statement, method);
        if (typeof call !== "function") continue;
        const noted = (...values: unknown[]): unknown =>
          follower.run(text, (): unknown => Reflect.apply(call, statement, values));
        Object.assign(statement, { [method]: noted });
      }
      return statement;
    },
  });
  return () => follower.fate();
}

class Follower {
  readonly #driver: SqliteDriver;
  readonly #following: Following;
  readonly #open: string[] = [];
  readonly #committed: string[] = [];
  #rolledBack = false;
  #failedAlone = false;
  #inPart: string | undefined;

  constructor(driver: SqliteDriver, following: Following) {
    this.#driver = driver;
    this.#following = following;
  }

  /** Runs the statements of the text. */
  run<Result>(text: string, run: () => Result): Result {
    const { log, isOwn, mayRun } = this.#following;
    if (!ROLLBACK.test(text.trim())) mayRun();
    const failed = log.sent(text);
    try {
      const result = run();
      if (!isOwn(text)) this.#onDone(statementsIn(text));
      if (!isInTransaction(this.#driver)) this.#commit();
      return result;
    } catch (error) {
      failed(nameCode(error), 0);
      if (!isOwn(text)) this.#onFailed(statementsIn(text));
      if (!isInTransaction(this.#driver)) this.#drop();
      throw error;
    }
  }

  /** Prepares a statement, which is followed only if SQLite cannot read it. */
  read<Result>(text: string, prepare: () => Result): Result {
    try {
      return prepare();
    } catch (error) {
      return this.run(text, () => {
        throw error;
      });
    }
  }

  fate(): Fate {
    return {
      committed: this.#committed,
      rolledBack: this.#rolledBack || this.#open.length > 0,
      failedAlone: this.#failedAlone,
      ...(this.#inPart !== undefined && { inPart: this.#inPart }),
    };
  }

  #onDone(statements: readonly string[]): void {
    for (const statement of statements) {
      if (COMMIT.test(statement)) this.#commit();
      else if (ROLLBACK.test(statement)) this.#drop();
      else if (isChange(statement)) this.#open.push(nameOf(statement));
    }
  }

  #onFailed(statements: readonly string[]): void {
    const isOpen = isInTransaction(this.#driver);
    const commits = statements.some((statement) => COMMIT.test(statement));
    if (statements.length > 1 && (!isOpen || commits)) this.#inPart ??= "text of several statements";
    else if (isOpen) this.#rolledBack = true;
    else this.#failedAlone = true;
  }

  #commit(): void {
    this.#committed.push(...this.#open.splice(0));
  }

  #drop(): void {
    this.#rolledBack ||= this.#open.length > 0;
    this.#open.length = 0;
  }
}

function statementsIn(text: string): string[] {
  return findStatements(text).map(({ start, end }) => text.slice(start, end));
}

function isChange(statement: string): boolean {
  return !HARMLESS.test(statement) && !isReading("SELECT", statement);
}

/** `CREATE TABLE`, `INSERT`. */
function nameOf(statement: string): string {
  const words = /^(?:create|alter|drop)\b/i.test(statement) ? 2 : 1;
  return statement
    .split(/[\s;("`]+/, words)
    .join(" ")
    .toUpperCase();
}
