// Makes the id of a run that the command line starts.

/**
 * A new id. It distinguishes runs and is not a secret: every client of the agent may list its runs. So it does not use
 * node:crypto, which takes longer to load than the agent takes to answer.
 */
export function newRunId(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
}
