// Takes the end of a text, as much as a person reads.

/** The last lines, each complete, with the newline at the end. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines
    .slice(-count)
    .map((line) => `${line}\n`)
    .join("");
}
