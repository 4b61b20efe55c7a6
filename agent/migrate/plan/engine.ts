// What remsh asks of a migration engine. remsh plans, locks, reports and cancels; the engine knows its files and its
// table, and applies one named migration at a time.
import type { Client as PostgresClient } from "pg";
import type { Session as PostgresSession } from "../database/session.ts";
import type { DatabaseKind } from "../database/any-database.ts";
import type { TablePlace } from "../sql/table-place.ts";

/** Which way a migration is taken: `up` applies it, `down` rolls it back. */
export type Direction = "up" | "down";

/** One migration as the engine finds it on disk. */
export interface MigrationFile {
  /** The name under which the engine records it. */
  readonly name: string;
  /** The path of its file, where there is one; for reports. */
  readonly path: string | undefined;
  /** False when the engine knows that it cannot be rolled back. */
  readonly hasDown?: boolean;
  /**
   * The name in the engine's table, where it is applied under another one: that of its source, with another extension.
   */
  readonly recordedAs?: string | undefined;
}

/** What the engine finds: its files in the order in which they are to be applied, and what its table says. */
export interface History {
  readonly files: readonly MigrationFile[];
  /** Names of the applied migrations, in the order in which they were applied. */
  readonly applied: readonly string[];
  /**
   * Sentences for the operator, such as a file that was edited after it was applied. Under `--strict` they are
   * refusals.
   */
  readonly warnings?: readonly string[];
  /** Set when nothing may run before the operator has seen to it: the sentence that says so. */
  readonly blocked?: string;
}

/**
 * A migration engine. Reading must change nothing in the database: a missing table means that nothing is applied.
 * `Client` and `Session` are those of PostgreSQL, unless it is the engine for another kind of database.
 */
export interface Engine<Client = PostgresClient, Session = PostgresSession> {
  /** The package's name, for reports. */
  readonly name: string;
  /** Set when the engine cannot roll back: the sentence that says why and what to do instead. */
  readonly upOnly?: string;
  /** True when `?schema=` in the address is the schema to migrate, which `apply` makes where it is missing. */
  readonly readsSchemaParameter?: boolean;
  /** True when the engine's options ask that `--strict` holds always. */
  readonly ordered?: boolean;
  /** True when `apply` makes a chosen schema that is missing. */
  readonly makesSchema?: boolean;
  /**
   * The key of the advisory lock that the engine's own command line takes; remsh holds it through the run. In MySQL it is
   * the name for GET_LOCK.
   */
  readonly advisoryLock?: bigint | string;
  /**
   * For an engine whose lock is not an advisory one: which session holds it now, if any. Called again until the lock is
   * free.
   */
  lockedBy?(client: Client, schema: string | undefined): Promise<string | undefined>;
  /**
   * The table in which the engine records what is applied, part of the lock's key. `schema` is the one that the caller
   * chose, if any.
   */
  table(schema: string | undefined): TablePlace;
  /** Reads files and table. `schema` is the one that the caller chose, if any. */
  read(client: Client, schema: string | undefined): Promise<History>;
  /**
   * Looks, before anything runs, at a migration that is planned. Rejects with a sentence that names it when the engine
   * could not run it.
   */
  check?(migration: MigrationFile, direction: Direction): Promise<void>;
  /**
   * The statements that `apply` would send, for `--dry-run --sql`: found without a connection. An engine without it
   * knows them only while it runs.
   */
  statements?(migration: MigrationFile, direction: Direction): Promise<readonly string[]>;
  /**
   * Applies or rolls back one migration and records it. Rejects when it fails, with the database's own error in its
   * cause chain.
   */
  apply(migration: MigrationFile, direction: Direction, session: Session): Promise<void>;
  /** The same engine for the other kinds of databases that it migrates. Default: PostgreSQL alone. */
  readonly elsewhere?: Readonly<Partial<Record<Exclude<DatabaseKind, "PostgreSQL">, AnyEngine>>>;
}

/** An engine for any kind of database: its connections and sessions are passed on to it. */
export type AnyEngine = Engine<unknown, unknown>;
