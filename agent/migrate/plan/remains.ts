// Says what remains of a failed migration. Each clause is a fact from the engine's table or from the server's answers.
// A fact that could not be found out is said to be unknown.
import type { Direction } from "./engine.ts";
import type { Fate } from "../database/fate.ts";

/** What there is to know when a migration has failed. */
export interface Findings {
  readonly fate: Fate;
  readonly direction: Direction;
  /** Whether the engine's table has it as done all the same. */
  readonly recorded: boolean;
  /** Whether its backends have ended; undefined when the database could not be asked. */
  readonly known: boolean | undefined;
}

/** The end of the headline, and the lines below it. */
export interface Remains {
  readonly state: string;
  readonly details: readonly string[];
  /** True when nothing of the migration stays. */
  readonly whole: boolean;
}

const NOTHING = "it ran outside a transaction, and had committed nothing before it failed";

/** Says what of a failed migration stays. */
export function describeRemains({ fate, direction, recorded, known }: Findings): Remains {
  const as = `recorded as ${direction === "up" ? "applied" : "rolled back"}`;
  const { committed, inPart, stays, unanswered, rolledBack, failedAlone } = fate;
  if (known === undefined) return { state: "whether it is recorded is not known", details: kept(fate), whole: false };
  if (recorded) return { state: `but it is ${as}`, details: [], whole: false };
  if (committed.length > 0 || inPart !== undefined || stays !== undefined)
    return { state: `and it is not ${as}, but what it had committed stays`, details: kept(fate), whole: false };
  if (unanswered !== undefined || !known)
    return { state: `and it is not ${as}; whether it was rolled back is not known`, details: kept(fate), whole: false };
  if (rolledBack) return { state: "and it was rolled back", details: [], whole: true };
  return { state: `and it is not ${as}`, details: failedAlone ? [NOTHING] : [], whole: true };
}

const ADVICE = "see what is there, and undo it or leave it out, before it runs again";

function kept({ committed, inPart, stays, unanswered }: Fate): string[] {
  return [
    ...(committed.length > 0 ? [`committed before it failed: ${counted(committed)}`] : []),
    ...(inPart === undefined
      ? []
      : [`a ${inPart} that fails outside a transaction may have committed a part of its work`]),
    ...(stays === undefined ? [] : [stays]),
    ...(unanswered === undefined ? [] : [`the connection was lost before the answer to: ${unanswered}`]),
    ...([committed[0], inPart, stays, unanswered].some((fact) => fact !== undefined) ? [ADVICE] : []),
  ];
}

/** `CREATE TABLE, 3 x INSERT` in the order of their first appearance. */
function counted(tags: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, count]) => (count === 1 ? tag : `${count} x ${tag}`)).join(", ");
}
