// Finds the statements that a knex migration would send. The migration runs with a knex that has no connection, records
// each query and returns no rows. A migration that decides by what it reads may send others when it really runs.
import { inspect } from "node:util";
import type { Knex } from "knex";
import type { Direction } from "../plan/engine.ts";
import { importPeer, loadPeer } from "./load-peer.ts";

/** The statements, each followed by its values. */
export async function knexStatements(
  migration: Knex.Migration,
  direction: Direction,
  config: Knex.Config,
): Promise<string[]> {
  const { default: createKnex } = await loadPeer("knex", () => importPeer("knex"));
  const plain = createKnex({ ...config, pool: { min: 0, max: 1 } });
  const statements: string[] = [];
  const { constructor: Client } = plain.client as { constructor: ClientClass };
  // ClientClass describes less than knex's own type, and the class extends knex's own.
  const db = createKnex({ ...config, client: recording(Client, statements) as unknown as typeof Knex.Client });
  try {
    await migration[direction]?.(db);
  } finally {
    await Promise.all([plain.destroy(), db.destroy()]);
  }
  return statements;
}

/** What knex passes to its client. knex's types do not include it. */
interface Query {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
}

function withValues({ sql, bindings = [] }: Query): string {
  return bindings.length === 0 ? sql : `${sql} /* ${inspect(bindings, { breakLength: Infinity })} */`;
}

/** The part of knex's client that is used here. */
type ClientClass = new (config: object) => {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
  _query(connection: unknown, query: Query): Promise<Query>;
};

function recording(Client: ClientClass, statements: string[]): ClientClass {
  return class extends Client {
    override acquireConnection(): Promise<unknown> {
      return Promise.resolve({ __knexUid: "none" });
    }
    override releaseConnection(): Promise<void> {
      return Promise.resolve();
    }
    override _query(_connection: unknown, query: Query): Promise<Query> {
      statements.push(withValues(query));
      query.response = { rows: [], rowCount: 0, command: "", fields: [] };
      return Promise.resolve(query);
    }
  };
}
