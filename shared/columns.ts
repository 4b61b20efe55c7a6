// Rows of text, aligned in columns.

/** How rows are laid out. */
export interface ColumnOptions {
  /** Text before each row. Default: none. */
  indent?: string;
  /** The least width of all columns but the last. Default: none. */
  least?: number;
}

/** The rows as lines, each column as wide as its widest cell, without spaces at the end of a line. */
export function columns(
  rows: readonly (readonly string[])[],
  { indent = "", least = 0 }: ColumnOptions = {},
): string[] {
  const count = Math.max(0, ...rows.map(({ length }) => length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(least, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
}
