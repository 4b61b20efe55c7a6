// Sends the queries of a shared connection one after the other. The lock's connection has several users: its heartbeat,
// the reading of what is applied, a cancellation. pg queues queries that come together, but warns of them, and will
// refuse them from version 9 on.
import type { Client } from "pg";

/** A client whose `query` passes on its arguments as they came: pg's has ten overloads. */
export interface AnySender {
  query(...args: unknown[]): unknown;
}

/** Makes `query` of this connection wait until the query before it has its answer. */
export function oneAtATime(client: Client): Client {
  const sender: AnySender = client;
  const query = sender.query.bind(sender);
  let last: Promise<unknown> = Promise.resolve();
  const queued = (...args: unknown[]): unknown => {
    // With a callback, or a cursor, the answer is not a promise: pg queues those by itself.
    if (typeof args.at(-1) === "function" || isSubmittable(args[0])) return query(...args);
    const answer = last.then(() => query(...args));
    last = answer.catch(() => {}); // the caller has the rejection
    return answer;
  };
  return Object.assign(client, { query: queued });
}

function isSubmittable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "submit" in value;
}
