// "did you mean": the known name that is nearest to a mistyped one.
import { closest } from "../../shared/closest.ts";

/** ` (did you mean "nearest"?)`, or nothing when no name is near. */
export function suggestion(wanted: string, names: readonly string[]): string {
  const nearest = closest(wanted, names);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}
