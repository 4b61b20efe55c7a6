// Detects a line that the terminal has cut. A terminal that edits lines itself, as with TERM=dumb, keeps 4,095 bytes of
// a line on Linux and silently drops the rest. The remainder may be different code from what was typed, so it is never
// evaluated.

/** The kernel's buffer for a line, without the line end. */
const KEPT_BYTES = 4095;

/** The sentence about a line that was cut. */
export const CUT_LINE =
  "Cannot evaluate the line: the terminal has cut it at 4,095 bytes (use --file, --eval, .load or a pipe)";

/** True for a line that a terminal has cut. A complete line of exactly that length looks the same. */
export function isCutLine(line: string): boolean {
  // If the cut is in the middle of a character, that became U+FFFD, which takes three bytes.
  const bytes = Buffer.byteLength(line);
  return bytes === KEPT_BYTES || (line.endsWith("\uFFFD") && bytes > KEPT_BYTES && bytes < KEPT_BYTES + 3);
}
