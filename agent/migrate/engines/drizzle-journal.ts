// Which entries of drizzle's journal are applied. A row of drizzle's table has an entry's `when` and the hash of its file. drizzle
// goes by `when` alone and so does remsh, for an applied file may have been edited since; entries that share a `when`, as after a
// merge or by hand, are told apart by their hash. What that does not settle is never guessed at.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { History } from "../engine.ts";
import { messageOf } from "../message-of.ts";
import { withoutMark } from "../sql-file.ts";
import { TaskFailure } from "../../task.ts";

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

/** What the rows, in the order of their ids, say of the entries; `table` is its name, for the sentence when they do not say it. */
export async function matchJournal(
  folder: string,
  rows: readonly JournalRow[],
  table: string,
): Promise<Pick<History, "files" | "applied" | "blocked">> {
  const entries = await readJournal(folder);
  const byWhen = new Map<string, JournalEntry[]>();
  for (const entry of entries) byWhen.set(String(entry.when), [...(byWhen.get(String(entry.when)) ?? []), entry]);
  const twins = [...byWhen.values()].filter(({ length }) => length > 1).flat();
  const hashes = new Map<JournalEntry, string>();
  for (const entry of twins) hashes.set(entry, await read(fileOf(folder, entry), "the migration", sha256));
  const applied = new Set<JournalEntry>();
  const strangers = new Set<string>();
  const names = rows.map(({ when, hash }) => {
    const all = byWhen.get(when) ?? [];
    const same = all.length > 1 ? all.filter((entry) => hashes.get(entry) === hash) : all;
    // Of one `when` and one text there are as many applied as there are rows; a further row is the last one's again.
    const entry = same.find((one) => !applied.has(one)) ?? same.at(-1);
    if (entry) applied.add(entry);
    else strangers.add(when);
    return entry?.tag ?? `(journal entry ${when})`;
  });
  const unsettled = [...strangers]
    .map((when) => byWhen.get(when) ?? [])
    .find((all) => all.some((entry) => !applied.has(entry)));
  return {
    files: entries.map((entry) => ({ name: entry.tag, path: fileOf(folder, entry) })),
    applied: names,
    ...(unsettled && { blocked: unsettledSentence(unsettled, table) }),
  };
}

function unsettledSentence(entries: readonly JournalEntry[], table: string): string {
  const tags = entries.map(({ tag }) => `"${tag}"`).join(" and ");
  return (
    `drizzle's journal has one "when" for ${tags}, and the table ${table} has a row for it that is neither's ` +
    "by its hash: put back the text that was applied"
  );
}

/** The statements of a file's text, as drizzle cuts it. */
export function cutStatements(text: string): string[] {
  return withoutMark(text).split("--> statement-breakpoint");
}

/** As drizzle computes it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function read<Result>(file: string, what: string, parse: (text: string) => Result): Promise<Result> {
  try {
    return parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new TaskFailure(`Cannot read ${what} "${file}": ${messageOf(cause)}`, { exitCode: 78, cause });
  }
}
