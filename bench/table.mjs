// Formats measurements: a heading, one row per measured thing, and whether each target is reached.

/** A part's whole text. Rows are arrays of cells, the first of them a name. */
export function table(heading, columns, rows) {
  const all = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) => Math.max(...all.map((row) => (row[index] ?? "").length)));
  const [head, ...body] = all.map((row) => line(row, widths));
  return [heading, "", head, widths.map((width) => "-".repeat(width)).join("  "), ...body].join("\n");
}

/** The cells "target" and "verdict". */
export function verdict(target, reached) {
  return [target, reached ? "reached" : "missed"];
}

/** A ratio: `1.38 x`. */
export const times = (ratio) => `${ratio.toFixed(2)} x`;
/** A time in milliseconds. */
export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
/** A time, given in milliseconds, in microseconds. */
export const micros = (value) => `${(value * 1000).toFixed(0)} us`;
/** A rate per second. */
export const perSecond = (value) => `${Math.round(value).toLocaleString("en")}/s`;
/** A number of bytes, in MiB. */
export const mib = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function line(cells, widths) {
  const padded = cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])));
  return padded.join("  ").trimEnd();
}
