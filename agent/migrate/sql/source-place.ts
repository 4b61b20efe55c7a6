// Finds the line and the column of an offset in a text, as an editor counts them.

/** Only a part of a longer line is shown, because people read the report. */
const LONGEST_LINE = 160;

/**
 * The line and the column of an offset, both from 1. `source` is the line, or the part of a long line around the
 * column. `mark` is the column in `source`.
 */
export function sourcePlace(
  text: string,
  offset: number,
): { line: number; column: number; source: string; mark: number } {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const newline = text.indexOf("\n", offset);
  const end = newline < 0 ? text.length : newline;
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < start; at = text.indexOf("\n", at + 1)) line += 1;
  const column = offset - start + 1;
  if (end - start <= LONGEST_LINE) return { line, column, source: text.slice(start, end), mark: column };
  const from = Math.max(start, offset - LONGEST_LINE / 2);
  const to = Math.min(end, from + LONGEST_LINE);
  const [before, after] = [from > start ? "…" : "", to < end ? "…" : ""];
  return { line, column, source: before + text.slice(from, to) + after, mark: offset - from + 1 + before.length };
}
