// Makes a valid exit code for a failed task: a failure never exits 0.

/** The code itself if it is a whole number from 1 to 255, otherwise 1. */
export function failureCode(code: unknown): number {
  const isCode = typeof code === "number" && Number.isInteger(code) && code >= 1 && code <= 255;
  return isCode ? code : 1;
}
