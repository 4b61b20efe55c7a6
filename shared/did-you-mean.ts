// ` (did you mean "Release.migrate"?)`: the hint at the end of a sentence about a name that does not exist.
import { closest } from "./closest.ts";

/** The hint, or nothing where no candidate is near. `shown` writes the candidate; default: in quotes. */
export function didYouMean(
  written: string,
  candidates: readonly string[],
  shown = (candidate: string) => `"${candidate}"`,
): string {
  const meant = closest(written, candidates);
  return meant === undefined ? "" : ` (did you mean ${shown(meant)}?)`;
}
