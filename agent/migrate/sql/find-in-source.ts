// Finds the statement that the database refused in the migration's file, so that a report can name the line.
import { findStatements } from "./find-statements.ts";

/** What was sent to the database. */
export interface SentText {
  readonly text: string;
  /** How often the same text had been sent before: a file may repeat a statement. */
  readonly before: number;
}

/** The offset in the file at which the text begins; undefined when the file does not contain it. */
export function findInSource(source: string, { text, before }: SentText, file: string): number | undefined {
  const found = occurrences(source, withoutEnd(text));
  const places = file.endsWith(".sql") ? wholeStatements(found, source, text) : found;
  return places[before] ?? places.at(-1);
}

/** Engines add a semicolon. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ";" || text[end - 1]?.trim() === "")) end -= 1;
  return text.slice(0, end);
}

function occurrences(source: string, text: string): number[] {
  const found: number[] = [];
  if (text === "") return found;
  for (let at = source.indexOf(text); at >= 0; at = source.indexOf(text, at + text.length)) found.push(at);
  return found;
}

/** In SQL a text may also be the beginning of another statement: `SELECT 1` of `SELECT 10`. */
function wholeStatements(found: readonly number[], source: string, text: string): number[] {
  if (found.length < 2) return [...found];
  const inside = findStatements(text);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last) return [...found];
  const places = findStatements(source);
  const starts = new Set(places.map(({ start }) => start));
  const ends = new Set(places.map(({ end }) => end));
  return found.filter((at) => starts.has(at + first.start) && ends.has(at + last.end));
}
