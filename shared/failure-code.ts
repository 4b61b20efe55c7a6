// The exit code of a task that failed, whatever was given as one: a failure never exits 0.

/** The code itself where it is a whole number from 1 to 255, else 1. */
export function failureCode(code: unknown): number {
  const isCode = typeof code === "number" && Number.isInteger(code) && code >= 1 && code <= 255;
  return isCode ? code : 1;
}
