// Ends a connection. On a dead network the farewell is never answered, and the system would wait for many minutes.
import type { Client } from "pg";
import type { Socket } from "node:net";

const GOODBYE_MS = 2000;

/** Ends the connection within two seconds, even if the other side does not react. Never rejects. */
export async function endConnection(client: Client): Promise<void> {
  const timer = setTimeout(() => cutConnection(client), GOODBYE_MS);
  await client.end().catch(() => {}); // it has ended by itself
  clearTimeout(timer);
}

/** Ends the connection at once: queries that wait for an answer on it fail. */
export function cutConnection(client: Client): void {
  // pg's types leave its connection out.
  const { connection } = client as Client & { connection: { stream: Socket } };
  connection.stream.destroy();
}
