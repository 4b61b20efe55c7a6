// The end of a text, as much of it as a person reads.

/** The last lines, each whole, with the newline at the end. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines
    .slice(-count)
    .map((line) => `${line}\n`)
    .join("");
}
