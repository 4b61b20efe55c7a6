// Remembers which statement an error came from. A driver's error has at most a position in the text but not the text,
// and no position at all when a statement fails while it runs.
import type { SentText } from "../sql/find-in-source.ts";

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
export class StatementLog {
  readonly #told: (text: string) => void;
  readonly #failed = new WeakMap<Error, FailedStatement>();
  #last: Error | undefined;
  /** How often each text was sent. */
  readonly #sent = new Map<string, number>();

  /** `told` is called with each statement that is sent. */
  constructor(told: (text: string) => void = () => {}) {
    this.#told = told;
  }

  /** A statement is sent. The function that it returns is to be called with the error, if the statement fails. */
  sent(text: string): (error: unknown, completed: number) => void {
    this.#count(text);
    this.#told(text);
    const before = this.sentBefore(text);
    return (error, completed) => {
      if (!(error instanceof Error) || this.#failed.has(error)) return;
      this.#failed.set(error, { text, before, completed, message: error.message });
      this.#last = error;
    };
  }

  /** The statement that this error, or one among its causes, came from. */
  find(error: unknown): (FailedStatement & { error: Error }) | undefined {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      const own = this.#failed.has(cause) ? cause : this.#copied(cause);
      const failed = own && this.#failed.get(own);
      if (own && failed) return { ...failed, error: own };
    }
    return undefined;
  }

  /** Some engines throw an error of their own with the database's words in it, and not the database's error. */
  #copied({ message }: Error): Error | undefined {
    return this.#last !== undefined && message.includes(this.#last.message) ? this.#last : undefined;
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
}
