// What remsh asks of a database, whatever its kind. `Client` is a connection of the kind's own driver: the engines know
// it, everything else passes it on.
import type { TablePlace } from "../sql/table-place.ts";
import type { Fate, LastWords } from "./fate.ts";
import type { OwnLock } from "./own-lock.ts";
import type { Settings } from "./settings.ts";
import type { StatementLog } from "./statement-log.ts";

/** The kinds of databases that remsh migrates. MariaDB is one of MySQL's. */
export type DatabaseKind = "PostgreSQL" | "MySQL" | "SQLite";

/** A database: how to connect, and how to lock it. */
export interface AnyDatabase<Client = unknown> {
  readonly kind: DatabaseKind;
  /** Host, port and database, or a file, for messages: never the user or the password. */
  readonly label: string;
  /** `?schema=` in the address, a parameter of Prisma. */
  readonly schemaParameter: string | undefined;
  /**
   * Opens a connection for the work, and ends it. @throws what the work throws; TaskFailure (exit 75, or 78 if trying
   * again cannot help) when there is no connection, or it is lost.
   */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** For an error which only says that a connection was lost, the failure to throw instead (exit 75). */
  lost(error: unknown): unknown;
  /**
   * Takes the migration lock, and the engine's own.
   *
   * @throws TaskFailure (exit 75) when others hold one for longer than `timeoutMs`.
   */
  takeLock(request: LockRequest): Promise<AnyLock<Client>>;
  /** A fresh session, in which one migration runs. */
  openSession(request: SessionRequest): AnySession<Client>;
  /** The sessions of a command that runs under the lock: none where they cannot be told apart from others. */
  commandSessions(lock: AnyLock<Client>): CommandSessions;
  /** Does the work on the connection under the schema and the settings, and restores the previous ones. */
  under<Result>(client: Client, where: Where, work: () => Promise<Result>): Promise<Result>;
  /** Whether there is such a schema. @throws TaskFailure (exit 65) when this kind of database has no schemas. */
  hasSchema(client: Client, schema: string): Promise<boolean>;
  /** The names of indexes that a migration has left half built; none where that cannot happen. */
  invalidIndexes(client: Client): Promise<string[]>;
}

/** Where migrations run in a database. */
export interface Where {
  readonly schema?: string | undefined;
  readonly settings?: Settings | undefined;
}

/** Which lock, and how to wait for it. */
export interface LockRequest extends Where {
  readonly table: TablePlace;
  /** The lock of the engine's own command line, if it has one. remsh waits for it after its own. */
  readonly own?: OwnLock;
  /** False takes no lock at all. Default true. */
  readonly lock?: boolean;
  /** 0 asks once. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Receives the lines that say which process holds the lock. */
  readonly print: (line: string) => void;
}

/** The migration lock while it is held. */
export interface AnyLock<Client = unknown> {
  /** A connection on which no migration runs. */
  readonly client: Client;
  /** Aborted when the lock is lost; its reason is a TaskFailure (exit 75). */
  readonly lost: AbortSignal;
  /** Never rejects, also after the lock was lost. */
  release(): Promise<void>;
}

/** The sessions of the commands that run under this lock. */
export interface CommandSessions {
  /** The variables from which the command's driver takes the name of its sessions. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends those that are still there, and waits for their end, for at most five seconds. True if there were any. */
  end(): Promise<boolean>;
}

/** What a session is made from. */
export interface SessionRequest extends Where {
  /** The lock under which it works; a seed works without one. */
  readonly lock?: AnyLock;
  /** The engine's own table: statements on it, and on the one of its lock, are not the migration's work. */
  readonly own?: TablePlace;
  /** Receives each statement that is sent, except the engine's own about its tables. */
  readonly tellStatement?: ((text: string) => void) | undefined;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Receives the database's notices and what an engine warns of. */
  readonly print: (line: string) => void;
}

/** The connections in which one migration runs. */
export interface AnySession<Client = unknown> {
  readonly schema: string | undefined;
  readonly print: (line: string) => void;
  /** The statements that failed. */
  readonly watch: Pick<StatementLog, "find" | "sentBefore">;
  /** What the database noticed. */
  readonly notices: readonly string[];
  /** What the server said when it ended one of its connections. */
  readonly lastWords: LastWords | undefined;
  /** True when one of its connections ended while the migration ran. */
  readonly lostConnection: boolean;
  /** Opens a connection. The session ends it. */
  connect(): Promise<Client>;
  /** Runs the work, cancels it in the database when the signal aborts, and ends the session. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The outcome of the statements on all its connections. Correct only when they are gone. */
  fate(): Fate;
  /** Resolves to true when its connections are gone in the server. The client belongs to another session. */
  gone(client: Client): Promise<boolean>;
}
