// Classifies error codes of the databases and the system: the caller can try again, or must fix the configuration.
import { messageOf } from "../../../shared/message-of.ts";
import { codeOf } from "./code-of.ts";

/**
 * Nothing listens; the host is unknown, silent or out of reach; the server starts, stops, or has no connection left.
 */
const PASSING = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOENT", "ENOTFOUND", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "57P01", "57P02", "57P03", "53300"],
  ...["PROTOCOL_CONNECTION_LOST", "ER_CON_COUNT_ERROR", "ER_TOO_MANY_USER_CONNECTIONS", "ER_USER_LIMIT_REACHED"],
  ...["ER_SERVER_SHUTDOWN", "ER_NORMAL_SHUTDOWN", "ER_CONNECTION_KILLED"],
]);
/** The same faults in the drivers' own words, without a code. */
const PASSING_WORDS =
  /^(?:timeout expired|Connection terminated|Client has encountered a connection error|Can't add new command when connection is in closed state)/;
/** The server ends the connection, or has none left, independent of the migration. */
const PASSING_SERVER = new Set([
  ...["57P01", "57P02", "57P03", "53300", "PROTOCOL_CONNECTION_LOST"],
  ...["ER_SERVER_SHUTDOWN", "ER_NORMAL_SHUTDOWN", "ER_CONNECTION_KILLED"],
]);
/** Another session was in the way: a lock, a deadlock, a transaction conflict. */
const IN_THE_WAY = new Set(["55P03", "40P01", "40001", "ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT", "SQLITE_BUSY"]);

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
