// The names of the locks that remsh takes with GET_LOCK, and who holds one. A name belongs to the whole server, and the
// lock to one connection: when that ends, the lock is free.
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { applicationName, describeHolder } from "../database/application-name.ts";
import type { TablePlace } from "../sql/table-place.ts";
import type { MysqlConnection } from "./mysql-connection.ts";

/** `lock` is held by the one process that migrates, and each of its sessions holds one of `work`. */
export interface LockNames {
  readonly lock: string;
  readonly work: readonly string[];
}

/** A connection that holds a lock. */
export interface Holder {
  readonly id: number;
  /** `shop 4711 on web-2`, or the connection's number and where it comes from. */
  readonly description: string;
}

/** A session has at most four connections. */
const SLOTS = 8;
const BETWEEN_MS = 20;

/** MySQL allows 64 characters. */
export function lockNames(database: string, table: TablePlace): LockNames {
  const place = createHash("sha256")
    .update(JSON.stringify(["remsh migrate", database, table.name]))
    .digest("hex")
    .slice(0, 40);
  return {
    lock: `remsh lock ${place}`,
    work: Array.from({ length: SLOTS }, (_, slot) => `remsh work ${slot} ${place}`),
  };
}

/** The comment in a statement of the lock's connection. Others read it in the list of what the server does. */
export function signature(): string {
  return `/* ${applicationName().replaceAll("*/", "")} */`;
}

/** The connection that holds the lock, if any. */
export async function holderOf(connection: MysqlConnection, name: string): Promise<Holder | undefined> {
  const [row] = await connection.query<{ id: number | null }>("SELECT IS_USED_LOCK(?) AS id", [name]);
  if (row === undefined || row.id === null) return undefined;
  const id = Number(row.id);
  let process = await processOf(connection, id);
  if (process?.info === null) {
    await delay(BETWEEN_MS); // between two of the statements in which a lock's connection sleeps
    process = await processOf(connection, id);
  }
  if (!process) return { id, description: `connection ${id}` }; // of another user, which this one may not see
  const signed = /\/\* (remsh: .*?) \*\//.exec(process.info ?? "")?.[1];
  return {
    id,
    description:
      signed === undefined ? `connection ${id} of ${process.user}@${process.host}` : describeHolder(signed, id),
  };
}

interface Process {
  readonly user: string;
  readonly host: string;
  /** The running statement, if any. */
  readonly info: string | null;
}

async function processOf(connection: MysqlConnection, id: number): Promise<Process | undefined> {
  const text = "SELECT user AS user, host AS host, info AS info FROM information_schema.processlist WHERE id = ?";
  return (await connection.query<Process>(text, [id]))[0];
}

/** Tries to take the lock, without a wait. */
export async function tryLock(connection: MysqlConnection, name: string): Promise<boolean> {
  const [row] = await connection.query<{ taken: number | null }>("SELECT GET_LOCK(?, 0) AS taken", [name]);
  return Number(row?.taken) === 1;
}
