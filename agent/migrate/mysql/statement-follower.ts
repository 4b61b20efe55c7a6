// Follows the statements on one connection to MySQL, to know what a migration that failed has left behind. Most changes of
// a schema commit at once, and commit what came before them. The server says after a statement whether a transaction is
// open.
import type { Connection } from "mysql2";
import type { Fate, LastWords } from "../database/fate.ts";
import type { StatementLog } from "../database/statement-log.ts";
import { findStatements } from "../sql/find-statements.ts";
import { isReading } from "../sql/statement-kinds.ts";
import { codeOf } from "../database/code-of.ts";
import { messageOf } from "../../../shared/message-of.ts";

/** Statements that commit by themselves (https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html). */
const COMMITS =
  /^(?:alter|analyze|cache|check|create|drop|flush|grant|install|load index|optimize|rename|repair|reset|revoke|truncate|uninstall)\b/i;
const BEGINS = /^(?:begin|start\s+transaction|lock\s+tables?|unlock\s+tables?)\b/i;
/** Statements that change nothing beyond their session. */
const HARMLESS = /^(?:set|show|use|do|describe|desc|explain|help|prepare|deallocate|savepoint|release|handler|kill)\b/i;
/** A temporary table neither commits nor stays. */
const TEMPORARY = /^(?:create|drop)\s+temporary\b/i;
/** Each object of the list is dropped or renamed by itself. */
const IN_PARTS = /^(?:drop|rename)\s+\w+\s[^;]*,/i;
const IN_TRANSACTION = 1;

/** The fields of mysql2's answer that are used here. */
interface Answer {
  readonly serverStatus?: number;
  readonly warningStatus?: number;
}

/** A command of mysql2 that its types leave out. */
interface Command {
  readonly sql?: unknown;
  onResult?: (error: unknown, result?: unknown, ...rest: unknown[]) => void;
  once(event: "error", listener: (error: unknown) => void): void;
  once(event: "end", listener: () => void): void;
}

/** Follows one connection from now on; `isOwn` recognises the statements of the engine's own book-keeping. */
export class StatementFollower {
  readonly #isOwn: (text: string) => boolean;
  /** False where a text is always one statement: then its body may hold semicolons. */
  readonly #several: boolean;
  readonly #sent = new Set<string>();
  #open: string[] = [];
  #committed: string[] = [];
  #inTransaction = false;
  #rolledBack = false;
  #failedAlone = false;
  #inPart: string | undefined;
  #keepsRows = false;
  #unanswered: string | undefined;

  /** Set when the connection ended while a statement ran. */
  lastWords: LastWords | undefined;

  constructor(connection: Connection, log: StatementLog, isOwn: (text: string) => boolean) {
    this.#isOwn = isOwn;
    this.#several = connection.config.multipleStatements === true;
    // Each statement of `query`, `execute`, `beginTransaction` and so on passes here. mysql2's types leave it out.
    const internal = connection as Connection & { addCommand(command: Command): Command };
    const add = internal.addCommand.bind(connection);
    internal.addCommand = (command) => {
      if (typeof command.sql === "string") this.#follow(command, command.sql, log);
      return add(command);
    };
  }

  /** The outcome of everything. Correct only when the connection is gone in the server. */
  fate(): Fate {
    return {
      committed: this.#committed,
      rolledBack: this.#rolledBack || this.#open.length > 0,
      failedAlone: this.#failedAlone,
      ...(this.#inPart !== undefined && { inPart: this.#inPart }),
      ...(this.#keepsRows && { stays: "the rows in tables without transactions, such as those of MyISAM, stay" }),
      ...(this.#unanswered !== undefined && { unanswered: this.#unanswered }),
    };
  }

  #follow(command: Command, text: string, log: StatementLog): void {
    const failed = log.sent(text);
    this.#sent.add(text);
    const done = (error: unknown, result?: unknown): void => {
      if (!this.#sent.delete(text)) return;
      if (error) failed(error, 0);
      if (error) this.#onFailed(text, error);
      else this.#onDone(text, result);
    };
    const { onResult } = command;
    if (onResult) {
      command.onResult = (error, ...results) => {
        done(error, results[0]);
        onResult(error, ...results);
      };
    } else {
      // A stream, whose error the driver's user hears as well.
      command.once("error", done);
      command.once("end", () => done(undefined));
    }
  }

  #onDone(text: string, result: unknown): void {
    const statements = this.#statementsIn(text);
    const answers = (statements.length > 1 ? result : [result]) as Answer[];
    for (const [index, statement] of statements.entries()) this.#onAnswer(statement, answers[index], text);
  }

  #onAnswer(statement: string, answer: Answer | undefined, text: string): void {
    if (/^commit\b/i.test(statement) || BEGINS.test(statement)) this.#commit();
    else if (/^rollback\b(?!\s+(?:work\s+)?to\b)/i.test(statement)) this.#rollBack(answer);
    else if (TEMPORARY.test(statement)) return this.#remember(answer);
    else if (COMMITS.test(statement)) {
      this.#commit();
      if (!this.#isOwn(text)) this.#committed.push(nameOf(statement));
    } else if (!this.#isOwn(text) && !HARMLESS.test(statement) && !isReading("SELECT", statement))
      this.#open.push(nameOf(statement));
    this.#remember(answer);
    if (!this.#inTransaction) this.#commit();
  }

  /** An answer with rows does not say whether a transaction is open: then nothing has changed. */
  #remember(answer: Answer | undefined): void {
    if (typeof answer?.serverStatus === "number")
      this.#inTransaction = (answer.serverStatus & IN_TRANSACTION) === IN_TRANSACTION;
  }

  #commit(): void {
    this.#committed.push(...this.#open);
    this.#open = [];
    this.#inTransaction = false;
  }

  /** A table without transactions, such as one of MyISAM, keeps its changes, and the server warns of it. */
  #rollBack(answer: Answer | undefined): void {
    if (answer?.warningStatus) this.#keepsRows = true;
    this.#rolledBack ||= this.#open.length > 0;
    this.#open = [];
    this.#inTransaction = false;
  }

  #onFailed(text: string, error: unknown): void {
    const statements = this.#statementsIn(text);
    if (isLost(error)) this.#onLost(text, statements, error);
    else if (!this.#isOwn(text)) this.#onRefused(statements, codeOf(error));
  }

  /** The connection ended before the answer. */
  #onLost(text: string, [statement = ""]: readonly string[], error: unknown): void {
    this.lastWords ??= { message: messageOf(error), code: codeOf(error), during: { text, completed: 0 } };
    if (this.#isOwn(text) || !this.#mayHaveCommitted(statement)) return;
    this.#unanswered ??= statement.split(/\s+/, 3).join(" ");
  }

  #onRefused(statements: readonly string[], code: string | undefined): void {
    const [statement = ""] = statements;
    this.#inPart ??= partOf(statements);
    // It has committed what came before, even if it fails itself, unless the server could not read it.
    if (COMMITS.test(statement) && !TEMPORARY.test(statement) && code !== "ER_PARSE_ERROR") this.#commit();
    if (this.#inTransaction) this.#rolledBack = true;
    else this.#failedAlone = true;
    if (code === "ER_LOCK_DEADLOCK") this.#rollBack(undefined);
  }

  #statementsIn(text: string): string[] {
    const [first, ...others] = findStatements(text);
    if (!first) return [text.trim()];
    if (!this.#several) return [text.slice(first.start)];
    return [first, ...others].map(({ start, end }) => text.slice(start, end));
  }

  #mayHaveCommitted(statement: string): boolean {
    if (isReading("SELECT", statement) || HARMLESS.test(statement)) return false;
    return !this.#inTransaction || COMMITS.test(statement) || /^(?:commit|call)\b/i.test(statement);
  }
}

/** What a refused text may have done in part, if anything. */
function partOf([statement = "", ...others]: readonly string[]): string | undefined {
  if (others.length > 0) return "text of several statements";
  if (/^call\b/i.test(statement)) return "CALL";
  return IN_PARTS.test(statement) ? nameOf(statement) : undefined;
}

/** mysql2's mark for an error with which the connection has ended. */
function isLost(error: unknown): boolean {
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

/** `CREATE TABLE`, `INSERT`. */
function nameOf(statement: string): string {
  const words = COMMITS.test(statement) ? 2 : 1;
  return statement
    .split(/[\s;(`]+/, words)
    .join(" ")
    .toUpperCase();
}
