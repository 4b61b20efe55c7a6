// Which migration a name stands for. A build turns `1_users.ts` into `1_users.js`, and an engine that records names
// with their extension takes the two for different migrations: applied from the sources, it would run again from the
// build.

/** What the engines, and the compilers before them, put behind a migration's name. */
const EXTENSION = /\.(?:[cm]?[jt]s|[jt]sx|sql|coffee|co|eg|iced|litcoffee|ls)$/i;

/** The name without its extension: the same for a migration and for what a compiler makes of it. */
export function stemOf(name: string): string {
  return name.replace(EXTENSION, "");
}

/**
 * The recorded names that stand for each of the files' names: first the name itself, then those that differ by their
 * extension alone. A recorded name that is itself the name of a file stands for that file only.
 */
export function matchRecords(files: readonly string[], applied: readonly string[]): Map<string, string[]> {
  const records = new Map<string, string[]>(files.map((name) => [name, []]));
  const byStem = new Map(files.map((name) => [stemOf(name), name]));
  const recorded = new Set(applied);
  for (const name of recorded) records.get(name)?.push(name);
  for (const name of recorded) if (!records.has(name)) records.get(byStem.get(stemOf(name)) ?? "")?.push(name);
  return records;
}

/** A number, words, and a time, as TypeORM and MikroORM have it at the end. */
const PARTS = /^(\d*)[-_. ]*(.*?)(?:\d{10,})?$/s;
/** MikroORM calls each migration so, and people do with TypeORM. */
const NO_NAME = /^migration$/i;

/** True when two names have the same number in front, or the same words behind it: one may be the other, renamed. */
export function couldBeRenamed(one: string, other: string): boolean {
  const [, version = "", words = ""] = PARTS.exec(stemOf(one)) ?? [];
  const [, otherVersion = "", otherWords = ""] = PARTS.exec(stemOf(other)) ?? [];
  if (NO_NAME.test(words)) return false;
  return (version !== "" && version === otherVersion) || (words !== "" && words === otherWords);
}
