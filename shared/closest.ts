// "Did you mean": finds the name that was probably intended.

/** A longer word is not a typing error, and comparing it would take long. */
const MAX_LENGTH = 200;

/**
 * The candidate with the fewest differences, if there are few; otherwise one that ends with the text, as
 * `Release.migrate` ends with `migrate`.
 */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  if (written.length > MAX_LENGTH) return undefined;
  const limit = Math.max(2, Math.floor(written.length / 4));
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: edits(written.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best && best.edits <= limit && best.edits < written.length) return best.candidate;
  return candidates.find((candidate) => candidate.toLowerCase().endsWith(`.${written.toLowerCase()}`));
}

/** Levenshtein's distance: how many letters to add, remove or change. */
function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
