import { expect, test } from "vitest";
import { migrations, nodePgMigrate, type Engine } from "../../../agent/migrate/index.ts";
import { Database } from "../../../agent/migrate/database/database.ts";
import { oneAtATime } from "../../../agent/migrate/database/one-at-a-time.ts";
import { createDatabase } from "../../database.ts";
import { call, valueOf } from "./call.ts";
import { folderOf } from "./folder.ts";

// Once for the process, so it is listened for before anything is done.
const warnings: string[] = [];
process.on("warning", ({ message }) => warnings.push(message));

test("the lock's heartbeat waits for a long read on its connection, and pg warns of nothing", async () => {
  const directory = await folderOf({ "1_a.sql": "SELECT 1;" });
  const plain = nodePgMigrate({ directory });
  const engine: Engine = {
    ...plain,
    async read(client, schema) {
      await client.query("SELECT pg_sleep(1.5)"); // the lock is asked for every second
      return plain.read(client, schema);
    },
  };
  const { migrate } = migrations({ engine, databaseUrl: await createDatabase() });
  expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(1);
  expect(warnings.filter((text) => text.includes("client.query()"))).toEqual([]);
});

test("queries are answered in their order, and one that fails does not keep back the next", async () => {
  await new Database(await createDatabase()).use(async (plain) => {
    const client = oneAtATime(plain);
    const first = client.query<{ at: string }>("SELECT pg_sleep(0.1), clock_timestamp()::text AS at");
    const failed = client.query("SELECT 1/0");
    const last = client.query<{ at: string }>("SELECT clock_timestamp()::text AS at");
    await expect(failed).rejects.toThrow("division by zero");
    const [one, two] = [(await first).rows[0]?.at ?? "", (await last).rows[0]?.at ?? ""];
    expect(one < two).toBe(true);
    const called = await new Promise((resolve) => client.query("SELECT 2 AS n", (_, result) => resolve(result.rows)));
    expect(called).toEqual([{ n: 2 }]);
  });
  expect(warnings.filter((text) => text.includes("client.query()"))).toEqual([]);
});
