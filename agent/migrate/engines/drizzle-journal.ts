// Decides which entries of drizzle's journal are applied. A row of drizzle's table has an entry's `when` and the hash
// of its file. Like drizzle, remsh goes by `when` alone, because an applied file may have been edited since. Entries
// with the same `when`, as after a merge, are distinguished by their hash. If the hash does not decide, nothing runs.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../../shared/message-of.ts";
import { isChecksumOf } from "./checksum-of.ts";
import type { History } from "../plan/engine.ts";
import { withoutMark } from "../sql/read-sql-file.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** One entry of the journal. */
export interface JournalEntry {
  readonly tag: string;
  readonly when: number;
}

/** One row of the table; `when` as the database's driver gives a bigint. */
export interface JournalRow {
  readonly when: string;
  readonly hash: string;
}

/** The entries in order. @throws TaskFailure (exit 78) when the journal cannot be read. */
export async function readJournal(folder: string): Promise<JournalEntry[]> {
  return read(path.resolve(folder, "meta", "_journal.json"), "drizzle's journal", (text) => {
    return (JSON.parse(text) as { entries: JournalEntry[] }).entries; // drizzle-kit's own file
  });
}

/** The path of an entry's file. */
export function fileOf(folder: string, { tag }: JournalEntry): string {
  return path.resolve(folder, `${tag}.sql`);
}

/**
 * What the rows, in the order of their ids, say about the entries; `table` is the table's name, for the error sentence.
 */
export async function matchJournal(
  folder: string,
  rows: readonly JournalRow[],
  table: string,
): Promise<Pick<History, "files" | "applied" | "warnings" | "blocked">> {
  const entries = await readJournal(folder);
  const texts = new Map<JournalEntry, string>();
  for (const entry of entries) texts.set(entry, await read(fileOf(folder, entry), "the migration", (text) => text));
  const { applied, names, strangers } = matchRows(entries, rows, texts);
  const blocked =
    unsettledSentence(entries, { applied, strangers, table }) ?? movedSentence(texts, { applied, strangers });
  return {
    files: entries.map((entry) => ({ name: entry.tag, path: fileOf(folder, entry) })),
    applied: names,
    warnings: editedWarnings(applied, texts),
    ...(blocked !== undefined && { blocked }),
  };
}

interface Matched {
  /** The entries that are applied, each with its rows. */
  readonly applied: ReadonlyMap<JournalEntry, readonly JournalRow[]>;
  /** The name of each row. */
  readonly names: readonly string[];
  /** Rows that are no entry's. */
  readonly strangers: readonly JournalRow[];
}

function matchRows(
  entries: readonly JournalEntry[],
  rows: readonly JournalRow[],
  texts: ReadonlyMap<JournalEntry, string>,
): Matched {
  const applied = new Map<JournalEntry, JournalRow[]>();
  const strangers: JournalRow[] = [];
  const names = rows.map((row) => {
    const all = entries.filter((entry) => String(entry.when) === row.when);
    const same = all.length > 1 ? all.filter((entry) => isChecksumOf(row.hash, texts.get(entry) ?? "")) : all;
    // If several entries have the same `when` and text, as many are applied as there are rows. A further row counts as
    // another row of the last entry.
    const entry = same.find((one) => !applied.has(one)) ?? same.at(-1);
    if (entry) applied.set(entry, [...(applied.get(entry) ?? []), row]);
    else strangers.push(row);
    return entry?.tag ?? `(journal entry ${row.when})`;
  });
  return { applied, names, strangers };
}

function editedWarnings(applied: Matched["applied"], texts: ReadonlyMap<JournalEntry, string>): string[] {
  return [...applied].flatMap(([entry, rows]) => {
    const same = rows.some(({ hash }) => isChecksumOf(hash, texts.get(entry) ?? ""));
    return same ? [] : [`"${entry.tag}" was edited after it was applied`];
  });
}

/** Several entries have one `when`, and the hash of a row does not say which of them it belongs to. */
function unsettledSentence(
  entries: readonly JournalEntry[],
  { applied, strangers, table }: Pick<Matched, "applied" | "strangers"> & { table: string },
): string | undefined {
  const unsettled = strangers
    .map(({ when }) => entries.filter((entry) => String(entry.when) === when))
    .find((all) => all.some((entry) => !applied.has(entry)));
  if (!unsettled) return undefined;
  const tags = unsettled.map(({ tag }) => `"${tag}"`).join(" and ");
  return (
    `drizzle's journal has one "when" for ${tags}, and the table ${table} has a row for it that is neither's ` +
    "by its hash: put back the text that was applied"
  );
}

/** The statements of a file's text, as drizzle cuts it. */
export function cutStatements(text: string): string[] {
  return withoutMark(text).split("--> statement-breakpoint");
}

/**
 * The `when` of an entry was changed, for example when it was generated again after a merge: its text is that of an
 * applied one.
 */
function movedSentence(
  texts: ReadonlyMap<JournalEntry, string>,
  { applied, strangers }: Pick<Matched, "applied" | "strangers">,
): string | undefined {
  for (const [entry, text] of texts) {
    const moved = applied.has(entry) ? undefined : strangers.find(({ hash }) => isChecksumOf(hash, text));
    if (moved)
      return `"${entry.tag}" was applied with another "when", ${moved.when}: put that back into drizzle's journal`;
  }
  return undefined;
}

async function read<Result>(file: string, what: string, parse: (text: string) => Result): Promise<Result> {
  try {
    return parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new TaskFailure(`Cannot read ${what} "${file}": ${messageOf(cause)}`, { exitCode: 78, cause });
  }
}
