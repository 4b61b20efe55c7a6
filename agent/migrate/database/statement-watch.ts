// Watches the statements on a connection of pg: the log gets each one, and its error if it fails.
import type { Client } from "pg";
import type { AnySender } from "./one-at-a-time.ts";
import type { StatementLog } from "./statement-log.ts";
import { TransactionFollower } from "./transaction-follower.ts";

/**
 * From now on the log gets the statements on this connection, and its transactions are followed; `isOwn` recognises the
 * engine's own statements.
 */
export function watchStatements(
  client: Client,
  log: StatementLog,
  isOwn: (text: string) => boolean,
): TransactionFollower {
  const follower = new TransactionFollower(client, isOwn);
  const sender: AnySender = client;
  const query = sender.query.bind(sender);
  const noting = (...args: unknown[]): unknown => {
    const text = textOf(args[0]);
    const callback = args.at(-1);
    follower.send(text);
    const failed = log.sent(text);
    const note = (error: unknown): void => failed(error, follower.completed);
    if (isCallback(callback)) {
      return query(...args.slice(0, -1), (error: unknown, result: unknown) => {
        note(error);
        callback(error, result);
      });
    }
    const result = query(...args);
    // A separate branch: the caller still gets the promise that pg made, with its rejection.
    if (result instanceof Promise) result.catch(note);
    return result;
  };
  Object.assign(client, { query: noting });
  return follower;
}

function isCallback(value: unknown): value is (error: unknown, result: unknown) => void {
  return typeof value === "function";
}

function textOf(query: unknown): string {
  if (typeof query === "string") return query;
  return typeof query === "object" && query !== null && "text" in query ? String(query.text) : "";
}
