// Explains a failed migration to the operator: the file, the place in it, and the database's own words.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../../shared/message-of.ts";
import { codeOf } from "../database/code-of.ts";
import { withoutMark } from "../sql/read-sql-file.ts";
import type { AnySession } from "../database/any-database.ts";
import type { FailedStatement } from "../database/statement-log.ts";
import { findInSource } from "../sql/find-in-source.ts";
import { findStatements } from "../sql/find-statements.ts";
import { sourcePlace } from "../sql/source-place.ts";

/** What went wrong in one migration, ready to be printed. */
export interface Explanation {
  /** The error's own message. */
  readonly message: string;
  /** The place and the database's details, one fact a line. */
  readonly details: readonly string[];
  /** The error's code, such as PostgreSQL's `42P01`. */
  readonly code: string | undefined;
}

/** Explains why a migration failed, as exactly as its file and its failed statement allow. */
export async function explain(error: unknown, file: string | undefined, session: AnySession): Promise<Explanation> {
  const found = await explainError(error, file, session.watch);
  const { lastWords } = session;
  if (lastWords === undefined || lastWords.code === found.code) return found;
  const line = `the server ended the connection: ${lastWords.message}`;
  // An error with another code is a different failure. One without a code is pg's own, for a connection that has ended.
  if (found.code !== undefined) return { ...found, details: [...found.details, `code: ${lastWords.code}`, line] };
  const source = await sourceOf(file);
  const place = lastWords.during
    ? placeLines({
        failed: { ...lastWords.during, before: session.watch.sentBefore(lastWords.during.text) },
        position: undefined,
        file,
        source,
      })
    : [shown(file) ?? []].flat();
  return { message: line, code: lastWords.code, details: [...place, `code: ${lastWords.code}`] };
}

async function explainError(
  error: unknown,
  file: string | undefined,
  watch: AnySession["watch"],
): Promise<Explanation> {
  const failed = watch.find(error);
  if (!failed) return explainOther(error, file);
  const source = await sourceOf(file);
  const facts = factsOf(failed.error);
  return {
    message: failed.message,
    details: [...placeLines({ failed, position: facts.position, file, source }), ...facts.lines],
    code: facts.code,
  };
}

async function sourceOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(file, "utf8").then(withoutMark, () => undefined);
}

/** Not the database but the migration's own code, or the engine, threw. */
function explainOther(error: unknown, file: string | undefined): Explanation {
  const frame =
    error instanceof Error && file
      ? error.stack?.split("\n").find((line) => line.includes(path.basename(file)))
      : undefined;
  return {
    message: messageOf(error),
    details: [frame?.trim() ?? shown(file) ?? []].flat(),
    code: codeOf(error),
  };
}

interface Place {
  readonly failed: Pick<FailedStatement, "text" | "before" | "completed">;
  /** Counted from 1, in the failed text. */
  readonly position: number | undefined;
  readonly file: string | undefined;
  readonly source: string | undefined;
}

/** `file:line:column`, the line, and a mark under the place; without a position, the statement that was running. */
function placeLines({ failed, position, file, source }: Place): string[] {
  const offset = position === undefined ? runningStatement(failed) : offsetOf(failed.text, position - 1);
  const start = source === undefined || file === undefined ? undefined : findInSource(source, failed, file);
  const found = source !== undefined && start !== undefined;
  const place = found ? sourcePlace(source, start + offset) : sourcePlace(failed.text, offset);
  const mark = position === undefined ? [] : [`  ${blank(place.source.slice(0, place.mark - 1))}^`];
  const where = found
    ? `${shown(file)}:${place.line}:${place.column}`
    : `${shown(file) ?? "statement"}, in this statement:`;
  return [where, `  ${place.source}`, ...mark];
}

/** PostgreSQL counts characters. JavaScript counts those beyond U+FFFF twice. */
function offsetOf(text: string, characters: number): number {
  let offset = 0;
  for (let left = characters; left > 0 && offset < text.length; left -= 1)
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

/** As wide as the text: a tab stays a tab. */
function blank(text: string): string {
  return text.replace(/[^\t]/g, " ");
}

function runningStatement({ text, completed }: Place["failed"]): number {
  const statements = findStatements(text);
  return (statements[completed] ?? statements[0])?.start ?? 0;
}

/** The fields of PostgreSQL's error message, as pg hands them on. */
function factsOf(error: Error): { code: string | undefined; position: number | undefined; lines: string[] } {
  const fields = new Map(
    Object.entries(error).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  const lines = ["detail", "hint", "where"].flatMap((name) => (fields.get(name) ? `${name}: ${fields.get(name)}` : []));
  const code = fields.get("code");
  const position = fields.get("position");
  return {
    code,
    position: position === undefined ? undefined : Number(position),
    lines: [...(code === undefined ? [] : [`code: ${code}`]), ...lines],
  };
}

function shown(file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.relative(process.cwd(), file);
}
