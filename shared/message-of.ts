// Extracts the text of a thrown value.

/**
 * An error's message. For an error that contains several, such as Node's for a host with several addresses, all
 * messages.
 */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
