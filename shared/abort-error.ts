// Reads why an AbortSignal has fired.

/** The error with which the signal has fired. A reason that is not an Error becomes the cause of one. */
export function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("Aborted", { cause: reason });
}
