// Decides what a statement may leave behind: by the server's name for it, such as `CREATE TABLE`, and where that says
// too little, by the statement's first words.
import type { TablePlace } from "./table-place.ts";
import { isOwnStatement } from "./own-statement.ts";
import { findStatements } from "./find-statements.ts";

/** The server's names for statements that change nothing beyond their session. */
const HARMLESS = new Set([
  ...["BEGIN", "START TRANSACTION", "SAVEPOINT", "RELEASE", "LOCK TABLE", "SET", "RESET", "SHOW", "SET CONSTRAINTS"],
  ...[
    "PREPARE",
    "DEALLOCATE",
    "DEALLOCATE ALL",
    "DISCARD ALL",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "DECLARE CURSOR",
    "FETCH",
    "MOVE",
  ],
  ...["CLOSE CURSOR", "CLOSE CURSOR ALL", "LISTEN", "UNLISTEN", "EXPLAIN", "CHECKPOINT", "LOAD", "ANALYZE", "VACUUM"],
]);

/** Functions that only read. */
const READING =
  /^(?:set_config|current_\w+|to_reg\w+|version|count|coalesce|max|min|sum|avg|\w+_agg|jsonb?_\w+|format|now|unnest|generate_series|exists|in|and|or|any|all|not|as|on|from|where|select|values|cast|case|when|then|else)$/i;

/** Whether a statement with this name changes nothing. */
export function isHarmless(tag: string): boolean {
  return HARMLESS.has(tag);
}

/**
 * Whether a text that the server calls SELECT only reads. The server also calls CREATE TABLE AS so, and a function may
 * write. Queries of the catalogs, which engines and drivers send, count as reading.
 */
export function isReading(tag: string, text: string): boolean {
  if (tag !== "SELECT" || text.length > 100_000) return false;
  const bare = text.replace(/'[^']*'|"[^"]*"/g, (quoted) => (quoted.startsWith('"pg_') ? " pg_catalog " : " x "));
  if (!/^\s*(?:select|with|table|values)\b/i.test(bare)) return false;
  if (/;\s*\S|\b(?:into|insert|update|delete|merge|create)\b/i.test(bare)) return false;
  if (/\bpg_|\binformation_schema\b/i.test(bare)) return true;
  return [...bare.matchAll(/([a-z_]\w*)\s*\(/gi)].every(([, name = ""]) => READING.test(name));
}

const LONGEST_BOOKKEEPING = 2000;

/**
 * Whether remsh itself sent a text, or it is one statement on the engine's own tables, or makes the schema for them.
 */
export function isBookkeeping(text: string, own: TablePlace | undefined): boolean {
  if (isOwnStatement(text)) return true;
  if (!own || text.length > LONGEST_BOOKKEEPING || /;\s*\S/.test(text)) return false;
  const { name, lockName = name, schema } = own;
  if (text.includes(name) || text.includes(lockName)) return true;
  return schema !== undefined && /^\s*create\s+schema\b/i.test(text) && text.includes(schema);
}

/** Whether a statement ends a transaction. */
export function endsTransaction(statement: string): boolean {
  return /^(?:commit|end|prepare\s+transaction)\b/i.test(statement);
}

/**
 * The first words of a text of one statement that may commit in the middle: a DO block, a procedure, a partition that
 * is detached in two steps.
 */
export function commitsItself(text: string): string | undefined {
  const [first, ...others] = findStatements(text);
  if (!first || others.length > 0) return undefined;
  const words = text.slice(first.start, first.start + LONGEST_BOOKKEEPING);
  if (/^alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently\b/is.test(words))
    return "DETACH PARTITION CONCURRENTLY";
  return /^(?:do|call)\b/i.exec(words)?.[0].toUpperCase();
}
