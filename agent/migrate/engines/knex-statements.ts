// What a migration of knex's would send: it runs with a knex that has no connection, writes down each query and answers
// it with nothing. A migration that decides by what it reads may do something else when it really runs.
import { inspect } from "node:util";
import type { Knex } from "knex";
import type { Direction } from "../plan/engine.ts";
import { loadPeer } from "./load-peer.ts";

/** The statements, their values behind them. */
export async function knexStatements(
  migration: Knex.Migration,
  direction: Direction,
  config: Knex.Config,
): Promise<string[]> {
  const { default: createKnex } = await loadPeer("knex", () => import("knex"));
  const plain = createKnex({ ...config, pool: { min: 0, max: 1 } });
  const statements: string[] = [];
  const { constructor: Client } = plain.client as { constructor: ClientClass };
  const db = createKnex({ ...config, client: recording(Client, statements) as unknown as typeof Knex.Client });
  try {
    await migration[direction]?.(db);
  } finally {
    await Promise.all([plain.destroy(), db.destroy()]);
  }
  return statements;
}

/** What knex hands to its client; its types leave it out. */
interface Query {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
}

function withValues({ sql, bindings = [] }: Query): string {
  return bindings.length === 0 ? sql : `${sql} /* ${inspect(bindings, { breakLength: Infinity })} */`;
}

/** As far as it is used here. */
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
