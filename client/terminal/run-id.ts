// The id of a run that the command line starts.

/**
 * A fresh id. It tells runs apart and keeps no secret: whoever may speak with the agent may list its runs. So it does
 * without node:crypto, which takes longer to load than the agent takes to answer.
 */
export function newRunId(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
}
