// A server that crashes, restarts or keeps a prepared transaction while a migration runs: a server of this file's own.
import { kill } from "node:process";
import type pg from "pg";
import { Umzug } from "umzug";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../../examples/postgres.ts";
import { migrations, umzug } from "../../../agent/migrate/index.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { query, tablesIn } from "./folder.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ flags: ["-c", "max_prepared_transactions=2"] });
});
afterAll(() => server.stop());

const TABLE = "CREATE TABLE half (id int)";

async function migrateOne(up: (client: pg.Client) => Promise<unknown>, inTransaction = true) {
  const url = await server.createDatabase();
  const engine = umzug({
    create: ({ client, storage }) =>
      new Umzug({
        migrations: [{ name: "1_own", up: () => up(client) }],
        context: client,
        storage,
        logger: undefined,
      }),
    transaction: () => inTransaction,
  });
  return { url, ...migrations({ engine, databaseUrl: url }) };
}

test("what a migration has prepared is said to stay, and stays", async () => {
  const { url, migrate } = await migrateOne(async (client) => {
    for (const text of [TABLE, "PREPARE TRANSACTION 'later'", "SELECT 1/0"]) await client.query(text);
  });
  const { message } = await failureOf(call(migrate));
  expect(message).toContain("but what it had committed stays\n");
  expect(message).toContain("  committed before it failed: CREATE TABLE\n");
  await query(url, "COMMIT PREPARED 'later'");
  expect(await tablesIn(url)).toEqual(["half"]);
});

test.runIf(process.platform === "linux" && process.env.DATABASE_URL === undefined)(
  "a server that crashes is one to try again: 75, with the server's words, and the next run does it all",
  async () => {
    let crash = true;
    const { url, migrate } = await migrateOne(async (client) => {
      await client.query(TABLE);
      if (!crash) return;
      const [other] = await query<{ pid: number }>(
        url,
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'",
      );
      const running = client.query("SELECT pg_sleep(60)");
      kill(other?.pid ?? 0, "SIGKILL");
      await running;
    });
    const failure = await failureOf(call(migrate));
    expect(failure.exitCode).toBe(75);
    expect(failure.message).toMatch(/^(?:Migration "1_own" failed|Stopped "1_own"): /);
    expect(failure.message).not.toMatch(/^.*committed stays/);
    crash = false;
    await expect
      .poll(async () => (await call(migrate)).value?.[0]?.done.length, { timeout: 60_000, interval: 200 })
      .toBe(1);
    expect(await tablesIn(url)).toEqual(["half"]);
    expect(await valueOf(call(migrate))).toMatchObject([{ done: [] }]);
  },
);
