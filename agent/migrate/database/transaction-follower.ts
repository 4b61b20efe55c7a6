// Follows the protocol of one connection, to know what a migration that failed has left behind. The server says after
// each statement what it was (`CREATE TABLE`, `COMMIT`), and after each query whether a transaction is open: what has
// been committed is a fact, also where the migration itself began and ended transactions.
import type { EventEmitter } from "node:events";
import type { Client } from "pg";
import { commitsItself, endsTransaction, isHarmless, isReading } from "../sql/statement-kinds.ts";
import { findStatements } from "../sql/find-statements.ts";
import type { Fate, LastWords } from "./fate.ts";

/** Follows one connection; `isOwn` recognises the statements of the engine's own book-keeping. */
export class TransactionFollower {
  readonly #isOwn: (text: string) => boolean;
  /** The queries that were sent and not answered, oldest first: the server answers in this order. */
  readonly #sent: string[] = [];
  #status = "I";
  /** How many statements of the query had succeeded, and those of them that may have written something. */
  #completed = 0;
  #refusedAfter = 0;
  #open: string[] = [];
  #committed: string[] = [];
  #rolledBack = false;
  #inPart: string | undefined;
  #failedAlone = false;
  #failed = false;
  #recordsInTransaction = false;
  /** Set when the server has ended the connection and said why. */
  lastWords: LastWords | undefined;

  constructor(client: Client, isOwn: (text: string) => boolean) {
    this.#isOwn = isOwn;
    // pg emits the protocol's messages on an object that its types leave out. Each before pg's own listener, which may
    // call the driver back at once.
    const { connection } = client as Client & { connection: EventEmitter };
    connection.prependListener("commandComplete", ({ text }: { text: string }) => this.#onCompleted(text));
    connection.prependListener("errorMessage", (error: ServerMessage) => this.#onError(error));
    connection.prependListener("notice", (notice: ServerMessage) => this.#onNotice(notice));
    connection.prependListener("readyForQuery", ({ status }: { status: string }) => this.#onReady(status));
  }

  /** A query is about to be sent. */
  send(text: string): void {
    this.#sent.push(text);
  }

  /** How many statements of the query that was refused last had succeeded. */
  get completed(): number {
    return this.#refusedAfter;
  }

  /** The outcome of everything. Correct only when the connection's backend is gone. */
  fate(): Fate {
    const lost = this.#lostStatement();
    // The transaction that was to be committed also wrote the migration's record, so the table shows how it ended.
    const unanswered = this.#recordsInTransaction ? undefined : lost;
    const inTransaction = this.#sent.some((text) => !this.#isOwn(text)) && this.#status !== "I";
    return {
      committed: this.#committed,
      rolledBack: this.#rolledBack || this.#open.length > 0 || inTransaction,
      failedAlone: this.#failedAlone,
      ...(this.#inPart !== undefined && { inPart: this.#inPart }),
      ...(unanswered !== undefined && { unanswered }),
    };
  }

  #onCompleted(tag: string): void {
    const [text = ""] = this.#sent;
    this.#completed += 1;
    const name = tag.replace(/( \d+)+$/, "");
    if (name === "COMMIT" || name === "PREPARE TRANSACTION") this.#commit();
    else if (name === "ROLLBACK") this.#rollBack(text);
    else if (this.#isOwn(text))
      this.#recordsInTransaction ||= /^(?:INSERT|DELETE|UPDATE)$/.test(name) && this.#status !== "I";
    else if (!isHarmless(name) && !isReading(name, text)) this.#open.push(name);
  }

  #commit(): void {
    this.#committed.push(...this.#open);
    this.#open = [];
    this.#recordsInTransaction = false;
  }

  /**
   * The server uses the same word for ROLLBACK TO SAVEPOINT. After that, the outcome of earlier statements is still
   * open.
   */
  #rollBack(text: string): void {
    if (/\brollback\s+(?:\w+\s+)?to\b/i.test(text.slice(0, 10_000))) return;
    this.#dropOpen();
  }

  #dropOpen(): void {
    this.#rolledBack ||= this.#open.length > 0;
    this.#open = [];
    this.#recordsInTransaction = false;
  }

  #onError({ severity, message, code }: ServerMessage): void {
    this.#failed = true;
    this.#refusedAfter = this.#completed;
    if (severity === "FATAL" || severity === "PANIC") this.#end({ message, code });
    const [text] = this.#sent;
    if (text !== undefined && this.#status === "I") this.#inPart ??= commitsItself(text);
  }

  /** A server that crashes, or is stopped immediately, says so in a warning. */
  #onNotice({ message, code }: ServerMessage): void {
    if (code === "57P01" || code === "57P02") this.#end({ message, code });
  }

  #end(words: LastWords): void {
    const [text] = this.#sent;
    this.lastWords ??= { ...words, during: text === undefined ? undefined : { text, completed: this.#completed } };
  }

  #onReady(status: string): void {
    const text = this.#sent.shift();
    const wasOpen = this.#status !== "I" || status !== "I";
    if (text !== undefined && this.#failed && !this.#isOwn(text)) {
      if (wasOpen) this.#rolledBack = true;
      else this.#failedAlone = true;
    }
    if (status === "I" && this.#failed) this.#dropOpen();
    if (status === "I" && !this.#failed) this.#commit();
    this.#status = status;
    this.#completed = 0;
    this.#failed = false;
  }

  /** The statement that was never answered, if it may have been committed. */
  #lostStatement(): string | undefined {
    const [text] = this.#sent;
    if (text === undefined || this.#isOwn(text)) return undefined;
    const statement = findStatements(text)[this.#completed];
    if (!statement) return undefined;
    const words = text.slice(statement.start, statement.end);
    // A commit may have happened whatever the server said last. Any other statement is undone if the server reported a
    // failure.
    const decided = this.#status !== "I" || this.#failed;
    if (decided && !endsTransaction(words)) return undefined;
    return isReading("SELECT", words) ? undefined : words.split(/\s+/, 3).join(" ");
  }
}

/** The fields of an error or a notice that are used here. */
interface ServerMessage {
  readonly severity: string | undefined;
  readonly message: string;
  readonly code: string | undefined;
}
