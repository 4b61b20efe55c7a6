// Decides which migrations run and in which order, from what the engine found and what the caller asked. No input or output.
import type { Direction, History } from "./engine.ts";
import { suggestion } from "./suggestion.ts";
import { TaskFailure } from "../task.ts";

/** A migration with its place in the order of all. */
export interface KnownMigration {
  readonly name: string;
  /** Undefined when it was applied but its file is gone. */
  readonly path: string | undefined;
  readonly applied: boolean;
  /** True when it was applied but there is no file of that name. */
  readonly missing: boolean;
}

/** At most one of them is set: the schema of the arguments sees to that. */
export interface Selection {
  to?: string | undefined;
  toExclusive?: string | undefined;
  step?: number | undefined;
}

/** What is to be done, in order. */
export interface Plan {
  readonly direction: Direction;
  readonly steps: readonly KnownMigration[];
  /** Pending migrations that are older than the newest applied one. */
  readonly late: readonly string[];
}

/** All migrations in one order: that of the files, with an applied one that has no file after the one applied before it. */
export function mergeHistory({ files, applied }: History): KnownMigration[] {
  const names = new Set(applied);
  const merged = files.map(({ name, path }): KnownMigration => {
    return { name, path, applied: names.has(name), missing: false };
  });
  applied.forEach((name, index) => {
    if (merged.some((migration) => migration.name === name)) return;
    const before = merged.findIndex((migration) => migration.name === applied[index - 1]);
    merged.splice(before + 1, 0, { name, path: undefined, applied: true, missing: true });
  });
  return merged;
}

/**
 * Plans `migrate`: everything pending, or the part of it that the selection names.
 *
 * @throws TaskFailure (exit 65) when `to` names no migration or several.
 */
export function planUp(known: readonly KnownMigration[], selection: Selection): Plan {
  const end = indexOf(known, selection);
  const last = selection.to === undefined ? end - 1 : end;
  const newest = known.findLastIndex((migration) => migration.applied);
  const pending = known.filter((migration, index) => !migration.applied && index <= last);
  const steps = pending.slice(0, selection.step);
  const late = steps.filter((migration) => known.indexOf(migration) < newest).map(({ name }) => name);
  return { direction: "up", steps, late };
}

/**
 * Plans `rollback`, newest first: the last one, or what the selection names.
 *
 * @throws TaskFailure (exit 65) when `to` names no migration or several, (exit 1) when one of them has no file any more.
 */
export function planDown(known: readonly KnownMigration[], selection: Selection): Plan {
  const everything = selection.to === undefined && selection.toExclusive === undefined;
  const target = everything ? -1 : indexOf(known, selection);
  const first = selection.to === undefined ? target + 1 : target;
  const applied = known.filter((migration, index) => migration.applied && index >= first).reverse();
  const steps = everything ? applied.slice(0, selection.step ?? 1) : applied;
  const missing = steps.find((migration) => migration.missing);
  if (missing) {
    throw new TaskFailure(`Cannot roll back "${missing.name}": it is applied, but its file is gone`, {
      code: "FILE_NOT_FOUND",
    });
  }
  return { direction: "down", steps, late: [] };
}

/** The place of the migration that the selection names; the end of the list when it names none. */
function indexOf(known: readonly KnownMigration[], { to, toExclusive }: Selection): number {
  const wanted = to ?? toExclusive;
  return wanted === undefined ? known.length : known.indexOf(findMigration(known, wanted));
}

/** Finds a migration by its name, its version (the digits in front), or an unmistakable beginning of its name. */
function findMigration(known: readonly KnownMigration[], wanted: string): KnownMigration {
  const candidates = [
    known.filter(({ name }) => name === wanted),
    known.filter(({ name }) => /^\d+/.exec(name)?.[0] === wanted),
    known.filter(({ name }) => name.startsWith(wanted)),
  ].find((matches) => matches.length > 0);
  if (candidates?.[0] && candidates.length === 1) return candidates[0];
  const names = (candidates ?? known).map(({ name }) => name);
  const reason = candidates
    ? `${names.length} migrations begin so: ${names.map((name) => `"${name}"`).join(", ")}`
    : `no migration has that name or version${suggestion(wanted, names)}`;
  throw new TaskFailure(`Cannot go to "${wanted}": ${reason}`, { exitCode: 65, code: "UNKNOWN_MIGRATION" });
}
