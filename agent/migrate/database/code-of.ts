// The code of whatever was thrown.

/** An error's code, as `ENOENT` or PostgreSQL's `42P01`. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
