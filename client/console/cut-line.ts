// A terminal that edits lines itself, as with TERM=dumb, keeps 4,095 bytes of a line on Linux and drops the rest without a
// word. What is left of such a line may be other code than what was typed, so it is never evaluated.

/** The kernel's buffer for a line, without its end. */
const KEPT_BYTES = 4095;

/** What is said of a line that was cut. */
export const CUT_LINE =
  "Cannot evaluate the line: the terminal has cut it at 4,095 bytes (use --file, --eval, .load or a pipe)";

/** True for a line that a terminal has cut; a whole one of exactly that length cannot be told from it. */
export function isCutLine(line: string): boolean {
  // A character in whose middle it was cut has become U+FFFD, which takes three bytes.
  const bytes = Buffer.byteLength(line);
  return bytes === KEPT_BYTES || (line.endsWith("\uFFFD") && bytes > KEPT_BYTES && bytes < KEPT_BYTES + 3);
}
