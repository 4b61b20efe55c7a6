// The text of whatever was thrown.

/** An error's message; of several errors in one, as Node gives for a host with several addresses, all messages. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
