// Decides which migrations run and in which order, from what the engine found and what the caller asked. No input or
// output.
import { didYouMean } from "../../../shared/did-you-mean.ts";
import type { Direction, History, MigrationFile } from "./engine.ts";
import { couldBeRenamed, matchRecords, stemOf } from "./match-records.ts";
import { noDown } from "./no-down.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** A migration with its place in the order of all. */
export interface KnownMigration extends MigrationFile {
  /** Undefined when it was applied but its file is gone. */
  readonly path: string | undefined;
  readonly applied: boolean;
  /** True when it was applied but its file is gone. */
  readonly missing: boolean;
  /**
   * Its names in the engine's table, more than one where it was applied as two: with one extension, and then with
   * another.
   */
  readonly records: readonly string[];
  /** The one in the table, where it is not the name. */
  readonly recordedAs: string | undefined;
}

/** At most one of them is set: the arguments' schema ensures that. */
export interface Selection {
  to?: string | undefined;
  toExclusive?: string | undefined;
  step?: number | undefined;
  /** For a rollback: everything. */
  all?: boolean | undefined;
}

/** What is to be done, in order. */
export interface Plan {
  readonly direction: Direction;
  readonly steps: readonly KnownMigration[];
  /** Pending migrations that are older than the newest applied one. */
  readonly late: readonly string[];
  /** Applied migrations whose file is gone; none where nothing is to be done. */
  readonly missing: readonly string[];
  /** Set when one that is pending looks like an applied one whose file is gone: it would run again. */
  readonly renamed?: { readonly from: string; readonly to: string } | undefined;
}

/**
 * All migrations in one order: that of the files, with an applied one that has no file after the one applied before it.
 */
export function mergeHistory({ files, applied }: History): KnownMigration[] {
  const records = matchRecords(
    files.map(({ name }) => name),
    applied,
  );
  const merged = files.map((file) => knownMigration(file, records.get(file.name) ?? []));
  const placeOf = (record: string | undefined): number =>
    merged.findIndex(({ records }) => records.includes(record ?? ""));
  applied.forEach((name, index) => {
    if (placeOf(name) !== -1) return;
    const gone = { name, path: undefined, applied: true, missing: true, records: [name], recordedAs: undefined };
    merged.splice(placeOf(applied[index - 1]) + 1, 0, gone);
  });
  return merged;
}

function knownMigration(file: MigrationFile, records: readonly string[]): KnownMigration {
  const recordedAs = records[0] === file.name ? undefined : records[0];
  return { ...file, applied: records.length > 0, missing: false, records, recordedAs };
}

/** Whether the table, read again, has the migration. */
export function isRecorded(applied: readonly string[], { name, recordedAs }: KnownMigration): boolean {
  return applied.includes(name) || (recordedAs !== undefined && applied.includes(recordedAs));
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
  const missing = steps.length === 0 ? [] : known.filter((migration) => migration.missing).map(({ name }) => name);
  return { direction: "up", steps, late, missing, renamed: findRenamed(steps, missing) };
}

function findRenamed(steps: readonly KnownMigration[], missing: readonly string[]): Plan["renamed"] {
  for (const { name: to } of steps) {
    const from = missing.find((gone) => couldBeRenamed(gone, to));
    if (from !== undefined) return { from, to };
  }
  return undefined;
}

/**
 * Plans `rollback`, newest first: the last one, or what the selection names.
 *
 * @throws TaskFailure (exit 65) when `to` names no migration or several, (exit 1) when the file of one is missing.
 */
export function planDown(known: readonly KnownMigration[], selection: Selection): Plan {
  const everything = selection.to === undefined && selection.toExclusive === undefined;
  const target = everything ? -1 : indexOf(known, selection);
  const first = selection.to === undefined ? target + 1 : target;
  const applied = known.filter((migration, index) => migration.applied && index >= first).reverse();
  const steps = everything && !selection.all ? applied.slice(0, selection.step ?? 1) : applied;
  steps.forEach(refuseUnclear);
  return { direction: "down", steps, late: [], missing: [] };
}

/** For such a migration it is not clear what to run, or what to remove from the table. */
function refuseUnclear({ name, missing, records, hasDown }: KnownMigration): void {
  if (missing) {
    throw new TaskFailure(`Cannot roll back "${name}": it is applied, but its file is gone`, {
      code: "FILE_NOT_FOUND",
    });
  }
  if (hasDown === false) throw noDown(name);
  if (records.length > 1) {
    const both = records.map((record) => `"${record}"`).join(" and ");
    throw new TaskFailure(
      `Cannot roll back "${name}": it is recorded as ${both}; delete one of the two records, if it is not applied twice`,
      { code: "RECORDED_TWICE" },
    );
  }
}

/** The place of the migration that the selection names; the end of the list when it names none. */
function indexOf(known: readonly KnownMigration[], { to, toExclusive }: Selection): number {
  const wanted = to ?? toExclusive;
  return wanted === undefined ? known.length : known.indexOf(findMigration(known, wanted));
}

/** Finds a migration by its name, its version (the digits in front, or a time at the end), or an unmistakable beginning of its name. */
function findMigration(known: readonly KnownMigration[], wanted: string): KnownMigration {
  const candidates = [
    known.filter(({ name, records }) => name === wanted || records.includes(wanted)),
    known.filter(({ name }) => stemOf(name) === stemOf(wanted)),
    known.filter(({ name }) => /^\d+/.exec(name)?.[0] === wanted),
    known.filter(({ name }) => /\d{10,}$/.exec(stemOf(name))?.[0] === wanted),
    known.filter(({ name }) => name.startsWith(wanted)),
  ].find((matches) => matches.length > 0);
  if (candidates?.[0] && candidates.length === 1) return candidates[0];
  const names = (candidates ?? known).map(({ name }) => name);
  const reason = candidates
    ? `${names.length} migrations begin so: ${names.map((name) => `"${name}"`).join(", ")}`
    : `no migration has that name or version${didYouMean(wanted, names)}`;
  throw new TaskFailure(`Cannot go to "${wanted}": ${reason}`, { exitCode: 65, code: "UNKNOWN_MIGRATION" });
}
