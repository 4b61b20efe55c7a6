/** How long a test waits for an event that must come, in milliseconds: longer than a merely busy machine takes. */
export const PATIENCE_MS = 60_000;
