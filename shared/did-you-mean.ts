// ` (did you mean "Release.migrate"?)`: the hint at the end of a sentence about a name that does not exist.
import { closest } from "./closest.ts";

/** The hint, or an empty text if no candidate is close. `shown` formats the candidate; default: in quotes. */
export function didYouMean(
  written: string,
  candidates: readonly string[],
  shown = (candidate: string) => `"${candidate}"`,
): string {
  const meant = closest(written, candidates);
  return meant === undefined ? "" : ` (did you mean ${shown(meant)}?)`;
}
