// Connections to one SQLite file: by better-sqlite3 if the app has it, else by Node's own node:sqlite.
import { existsSync } from "node:fs";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";
import type { SqlConnection } from "../database/sql-connection.ts";
import { ownStatement } from "../sql/own-statement.ts";

/** How long a statement waits for a transaction of another process, as better-sqlite3 does. */
const BUSY_MS = 5000;
/** SQLite's number for a database that another connection has locked. */
const BUSY = 5;

/** A statement of either driver. */
export interface SqliteStatement {
  /** Whether it returns rows. node:sqlite does not have it. */
  readonly reader?: boolean;
  columns(): readonly unknown[];
  all(...values: unknown[]): unknown[];
  run(...values: unknown[]): unknown;
  iterate(...values: unknown[]): Iterable<unknown>;
}

/** What both drivers have. */
export interface SqliteDriver {
  prepare(text: string): SqliteStatement;
  exec(text: string): unknown;
  close(): unknown;
  /** Whether a transaction is open, in better-sqlite3. */
  readonly inTransaction?: boolean;
  /** The same in node:sqlite. */
  readonly isTransaction?: boolean;
}

/** A connection to a SQLite file. */
export interface SqliteConnection extends SqlConnection {
  readonly driver: SqliteDriver;
}

/** Opens the file, and makes it where it is missing. @throws TaskFailure: exit 75 when it is busy, else 78. */
export async function openSqlite(file: string): Promise<SqliteConnection> {
  const open = await loadSqlite();
  try {
    const driver = open(file);
    driver.exec(ownStatement(`PRAGMA busy_timeout = ${BUSY_MS}`));
    driver.exec(ownStatement("SELECT count(*) FROM sqlite_schema")); // a file of another kind fails here
    return connectionOf(driver);
  } catch (cause) {
    if (cause instanceof TaskFailure) throw cause;
    const code = codeOf(nameCode(cause));
    throw new TaskFailure(`Cannot open the database ${file}: ${messageOf(cause)}`, {
      exitCode: isBusy(cause) ? 75 : 78,
      ...(code !== undefined && { code }),
      cause,
    });
  }
}

/** The same for reading: a missing file is not made, and counts as an empty database. */
export async function readSqlite(file: string): Promise<SqliteConnection> {
  return openSqlite(existsSync(file) ? file : ":memory:");
}

/** Whether a transaction is open. */
export function isInTransaction({ inTransaction, isTransaction }: SqliteDriver): boolean {
  return inTransaction ?? isTransaction ?? false;
}

/** Whether another connection has locked the database. */
export function isBusy(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return codeOf(error)?.startsWith("SQLITE_BUSY") === true || Reflect.get(error, "errcode") === BUSY;
}

/** Gives an error of node:sqlite the code that it has in better-sqlite3, if another try may help. */
export function nameCode(error: unknown): unknown {
  return error instanceof Error && isBusy(error) ? Object.assign(error, { code: "SQLITE_BUSY" }) : error;
}

function connectionOf(driver: SqliteDriver): SqliteConnection {
  const query = <Row extends object>(text: string, values: readonly unknown[] = []): Row[] => {
    const statement = driver.prepare(text);
    if (returnsRows(statement)) return statement.all(...values) as Row[]; // what the statement asks for
    statement.run(...values);
    return [];
  };
  return {
    kind: "SQLite",
    driver,
    query: async (text, values) => query(text, values),
    hasTable: async (name) =>
      query(ownStatement("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"), [name]).length > 0,
  };
}

/** Whether the statement returns rows. */
export function returnsRows(statement: SqliteStatement): boolean {
  return statement.reader ?? statement.columns().length > 0;
}

type OpenSqlite = (file: string) => SqliteDriver;

async function loadSqlite(): Promise<OpenSqlite> {
  const [own, builtIn] = ["better-sqlite3", "node:sqlite"];
  const better = (await import(/* webpackIgnore: true */ own).catch(notInstalled)) as
    { default: new (file: string) => SqliteDriver } | undefined;
  if (better) return (file) => new better.default(file);
  const node = (await import(/* webpackIgnore: true */ builtIn).catch(notInstalled)) as
    { DatabaseSync: new (file: string) => SqliteDriver } | undefined;
  if (!node) throw noDriver();
  return (file) => {
    const driver = new node.DatabaseSync(file);
    if ("isTransaction" in driver) return driver;
    driver.close();
    throw noDriver();
  };
}

function noDriver(): TaskFailure {
  return new TaskFailure(
    'Cannot open the database: the package "better-sqlite3" is not installed, and Node has node:sqlite from 22.16 on (npm install better-sqlite3)',
    { exitCode: 78, code: "NO_DRIVER" },
  );
}

function notInstalled(error: unknown): undefined {
  if (["ERR_MODULE_NOT_FOUND", "ERR_UNKNOWN_BUILTIN_MODULE"].includes(codeOf(error) ?? "")) return undefined;
  throw error;
}
