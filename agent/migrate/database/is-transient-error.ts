// Classifies error codes of PostgreSQL and the system: the caller can try again, or must fix the configuration.
import { messageOf } from "../../../shared/message-of.ts";
import { codeOf } from "./code-of.ts";

/**
 * Nothing listens; the host is unknown, silent or out of reach; the server starts, stops, or has no connection left.
 */
const PASSING = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOENT", "ENOTFOUND", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "57P01", "57P02", "57P03", "53300"],
]);
/** The same faults in pg's own words, without a code. */
const PASSING_WORDS = /^(?:timeout expired|Connection terminated|Client has encountered a connection error)/;
/** The server ends the connection, or has none left, independent of the migration. */
const PASSING_SERVER = new Set(["57P01", "57P02", "57P03", "53300"]);
/** Another session was in the way: a lock, a deadlock, a transaction conflict. */
const IN_THE_WAY = new Set(["55P03", "40P01", "40001"]);

/** True if the reason for a failed or lost connection may disappear by itself. */
export function isTransientError(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return PASSING_WORDS.test(messageOf(error));
  return PASSING.has(code) || /^(?:53|58|XX)/.test(code); // the server's own resources, disks and faults
}

/**
 * The exit code of a migration that failed with this SQLSTATE. `whole` means that nothing of it stays, so that it can
 * run again.
 */
export function exitCodeOf(code: string | undefined, whole: boolean): number {
  if (code === undefined) return 1;
  return PASSING_SERVER.has(code) || (whole && IN_THE_WAY.has(code)) ? 75 : 1;
}
