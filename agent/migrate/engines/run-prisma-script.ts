// Runs one of Prisma's files. If PostgreSQL allows it, the whole file runs in one transaction, so that a failure leaves
// nothing; Prisma does not do this. A file that ends transactions itself, or has a statement that must not be in one,
// runs one statement at a time, as with Prisma since 7.4. After a failure, what has succeeded stays, and the record
// says that the migration has begun and is not finished.
import type { Client } from "pg";
import { messageOf } from "../../../shared/message-of.ts";
import { codeOf } from "../database/code-of.ts";
import { findStatements } from "../sql/find-statements.ts";
import { inTransaction } from "../database/in-transaction.ts";

/** Records the migration. Each function uses the connection that runs the file. */
export interface ScriptRecord {
  /** Writes that the migration has begun. */
  begin(): Promise<void>;
  /** Writes that the begun migration has failed. If `done` is false, nothing of it stays. */
  fail(reason: string, done: boolean): Promise<void>;
  /** Writes that the migration is finished, whether it was begun or not. */
  finish(): Promise<void>;
}

/**
 * PostgreSQL's codes for a statement that it refuses in a transaction only. A COMMIT in a procedure and the use of a
 * new enum value are among them.
 */
const NOT_IN_TRANSACTION = new Set(["25001", "2D000", "55P04"]);

/** Runs the script and records it. Rejects with the database's own error. */
export async function runPrismaScript(client: Client, script: string, record: ScriptRecord): Promise<void> {
  const statements = findStatements(script).map(({ start, end }) => script.slice(start, end));
  if (statements.some(needsNoTransaction)) return runEach(client, statements, record);
  try {
    await inTransaction(client, async () => {
      if (statements.length > 0) await client.query(script);
      await record.finish();
    });
  } catch (error) {
    if (!NOT_IN_TRANSACTION.has(codeOf(error) ?? "")) throw error;
    await runEach(client, statements, record);
  }
}

/**
 * Recognises by its first words a statement that PostgreSQL refuses in a transaction: not every such statement, but the
 * usual ones.
 */
function needsNoTransaction(statement: string): boolean {
  const words = statement.slice(0, 400).replace(/"[^"]*"|'[^']*'/g, "x");
  if (/^(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:\w+\s+)?to))\b/i.test(words)) return true;
  return /^(?:(?:create|drop|reindex|alter)\b.*\bconcurrently|vacuum|alter\s+system|(?:create|drop)\s+(?:database|tablespace))\b/is.test(
    words,
  );
}

async function runEach(client: Client, statements: readonly string[], record: ScriptRecord): Promise<void> {
  // A single statement needs no record beforehand: it either succeeds or leaves nothing.
  const begins = statements.length > 1;
  if (begins) await record.begin();
  let done = false;
  try {
    for (const statement of statements) {
      await client.query(statement);
      done ||= client.getTransactionStatus() === "I"; // else the transaction that it is in decides
    }
    await record.finish();
  } catch (error) {
    if (begins) await recordFailure(client, record, { reason: messageOf(error), done });
    throw error;
  }
}

async function recordFailure(
  client: Client,
  record: ScriptRecord,
  { reason, done }: { reason: string; done: boolean },
): Promise<void> {
  try {
    if (client.getTransactionStatus() !== "I") await client.query("ROLLBACK");
    await record.fail(reason, done);
  } catch {
    // The connection is gone: the record says what it said before, that the migration has begun and is not finished.
  }
}
