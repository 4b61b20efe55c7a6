/** How long a test waits for what must come, in milliseconds: longer than any machine that is only busy takes. */
export const PATIENCE_MS = 60_000;
