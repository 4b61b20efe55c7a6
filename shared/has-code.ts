// What the system says when it refuses something: ENOENT, EPIPE, …

/** True for a system's error of that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
