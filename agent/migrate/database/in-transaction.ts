// One transaction on one connection.
import type { Client } from "pg";

/** Runs the work between BEGIN and COMMIT; a failure rolls back. */
export async function inTransaction<Result>(client: Client, work: () => Promise<Result> | Result): Promise<Result> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // the connection is gone, and the transaction with it
    throw error;
  }
}
