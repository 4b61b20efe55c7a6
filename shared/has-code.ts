// Checks an error's code: ENOENT, EPIPE, …

/** True for an error with that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
