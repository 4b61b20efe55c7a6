// What a migration that failed has left behind, as the server's answers show it.

/** The outcome of the statements on a connection, without the engine's own book-keeping. */
export interface Fate {
  /** What was committed, in the server's words: `CREATE TABLE`. */
  readonly committed: readonly string[];
  /** True when something that failed or was abandoned left nothing, because its transaction was not committed. */
  readonly rolledBack: boolean;
  /** True when a statement failed outside a transaction: earlier statements stay, and the failed one leaves nothing. */
  readonly failedAlone: boolean;
  /**
   * The first word of a statement that failed but may have committed a part of its work: a DO or CALL outside a
   * transaction.
   */
  readonly inPart?: string;
  /** Something else that stays although the transaction was rolled back: a sentence. */
  readonly stays?: string;
  /** The first words of a statement that was never answered, and may or may not have been committed. */
  readonly unanswered?: string;
}

/** What the server said when it ended the connection. */
export interface LastWords {
  readonly message: string;
  readonly code: string | undefined;
  /** The query that was running then, if any, and how many of its statements had succeeded. */
  readonly during?: { readonly text: string; readonly completed: number } | undefined;
}

/** The outcome of the statements on several connections. */
export function mergeFates(fates: readonly Fate[]): Fate {
  const inPart = fates.find((fate) => fate.inPart !== undefined)?.inPart;
  const stays = fates.find((fate) => fate.stays !== undefined)?.stays;
  const unanswered = fates.find((fate) => fate.unanswered !== undefined)?.unanswered;
  return {
    committed: fates.flatMap(({ committed }) => committed),
    rolledBack: fates.some(({ rolledBack }) => rolledBack),
    failedAlone: fates.some(({ failedAlone }) => failedAlone),
    ...(inPart !== undefined && { inPart }),
    ...(stays !== undefined && { stays }),
    ...(unanswered !== undefined && { unanswered }),
  };
}
