// Reads the code of a thrown value.

/** An error's code, such as `ENOENT` or PostgreSQL's `42P01`. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
