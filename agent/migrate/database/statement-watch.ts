// Remembers which statement an error came from. An error of pg has a position in the text but not the text, and no
// position at all when a statement fails while it runs.
import type { Client } from "pg";
import type { SentText } from "../sql/find-in-source.ts";
import type { AnySender } from "./one-at-a-time.ts";
import { TransactionFollower } from "./transaction-follower.ts";

const MOST_TEXTS = 10_000;
const LONGEST_TEXT = 10_000;

/** A statement, or a text of several, that the database refused. */
export interface FailedStatement extends SentText {
  /** The error's message before a driver put the text in front of it. */
  readonly message: string;
  /** How many statements of the text had succeeded. */
  readonly completed: number;
}

/** The failed statements of one session, by the error that each gave. */
export class StatementWatch {
  readonly #told: (text: string) => void;
  readonly #failed = new WeakMap<Error, FailedStatement>();
  /** How often each text was sent. */
  readonly #sent = new Map<string, number>();

  /** `told` is called with each statement that is sent. */
  constructor(told: (text: string) => void = () => {}) {
    this.#told = told;
  }

  /**
   * From now on records the failures on this connection, and follows its transactions; `isOwn` recognises the engine's
   * own statements.
   */
  watch(client: Client, isOwn: (text: string) => boolean): TransactionFollower {
    const follower = new TransactionFollower(client, isOwn);
    const sender: AnySender = client;
    const query = sender.query.bind(sender);
    const noting = (...args: unknown[]): unknown => {
      const text = textOf(args[0]);
      const callback = args.at(-1);
      this.#count(text);
      const before = this.sentBefore(text);
      const note = (error: unknown): void => this.#note(error, { text, before, completed: follower.completed });
      follower.send(text);
      this.#told(text);
      if (isCallback(callback)) {
        return query(...args.slice(0, -1), (error: unknown, result: unknown) => {
          note(error);
          callback(error, result);
        });
      }
      const result = query(...args);
      // A separate branch: the caller still gets the promise that pg made, with its rejection.
      if (result instanceof Promise) result.catch(note);
      return result;
    };
    Object.assign(client, { query: noting });
    return follower;
  }

  /** The statement that this error, or one among its causes, came from. */
  find(error: unknown): (FailedStatement & { error: Error }) | undefined {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      const failed = this.#failed.get(cause);
      if (failed) return { ...failed, error: cause };
    }
    return undefined;
  }

  /** How often the text that was sent last had been sent before. */
  sentBefore(text: string): number {
    return (this.#sent.get(text) ?? 1) - 1;
  }

  /** A migration of data may send millions of texts, and long ones: those are not worth the memory. */
  #count(text: string): void {
    const known = this.#sent.get(text);
    if (known !== undefined) this.#sent.set(text, known + 1);
    else if (this.#sent.size < MOST_TEXTS && text.length <= LONGEST_TEXT) this.#sent.set(text, 1);
  }

  #note(error: unknown, statement: Omit<FailedStatement, "message">): void {
    if (error instanceof Error && !this.#failed.has(error))
      this.#failed.set(error, { ...statement, message: error.message });
  }
}

function isCallback(value: unknown): value is (error: unknown, result: unknown) => void {
  return typeof value === "function";
}

function textOf(query: unknown): string {
  if (typeof query === "string") return query;
  return typeof query === "object" && query !== null && "text" in query ? String(query.text) : "";
}
