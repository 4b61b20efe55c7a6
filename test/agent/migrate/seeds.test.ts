import path from "node:path";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { seeds, type SeedsOptions } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { folderOf, query, tablesIn } from "./folder.ts";
import { PATIENCE_MS } from "../../patience.ts";

async function seeding(text: string, options: Partial<SeedsOptions> = {}, name = "seeds.ts") {
  const url = await createDatabase();
  const file = path.join(await folderOf({ [name]: text }), name);
  return { url, file, seed: seeds({ file, databaseUrl: url, ...options }) };
}

test("a TypeScript file runs with a connected client and the run's context, and its value is the result", async () => {
  const { url, seed } = await seeding(`
    import type { Seed } from "remsh/migrate";
    export default (async (client, { print, progress, task }) => {
      await client.query("CREATE TABLE users (name text)");
      await client.query("INSERT INTO users VALUES ('a'), ('b')");
      print("inserted", 2, "by", task);
      progress({ done: 2, total: 2 });
      return { inserted: 2 };
    }) satisfies Seed;`);
  expect(await call(seed)).toEqual({
    value: { inserted: 2 },
    printed: ["inserted 2 by Release.test"],
    progress: [{ done: 2, total: 2 }],
  });
  expect(await tablesIn(url)).toEqual(["users"]);
});

test("a file that fails leaves nothing, unless it opted out of the transaction", async () => {
  const failing = `export default async (client) => {
    await client.query("CREATE TABLE half (id int)");
    throw new Error("no more");
  };`;
  const whole = await seeding(failing, {}, "seeds.mjs");
  expect((await call(whole.seed)).error).toMatchObject({ message: "no more" });
  expect(await tablesIn(whole.url)).toEqual([]);
  for (const { url, seed } of [
    await seeding(failing, { transaction: false }, "seeds.mjs"),
    await seeding(`export const transaction = false;\n${failing}`, {}, "seeds.mjs"),
  ]) {
    expect((await call(seed)).error).toMatchObject({ message: "no more" });
    expect(await tablesIn(url)).toEqual(["half"]);
  }
});

test("the file gets the task's checked argument", async () => {
  const text = "export default (client, { args }) => args.count * 2;";
  const { seed } = await seeding(text, { args: z.object({ count: z.number().default(10) }) });
  expect(await valueOf(call(seed))).toBe(20);
  expect(await valueOf(call(seed, { count: 3 }))).toBe(6);
});

test("cancelling stops the statement in the database and rolls back", async () => {
  const { url, seed } = await seeding(`export default async (client) => {
    await client.query("CREATE TABLE half (id int)");
    await client.query("SELECT pg_sleep(60)");
  };`);
  const controller = new AbortController();
  const calling = call(seed, {}, { signal: controller.signal });
  const active =
    "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active' AND datname = current_database()";
  await vi.waitFor(async () => expect(await query(url, active)).toHaveLength(1), PATIENCE_MS);
  controller.abort();
  expect((await calling).error).toMatchObject({ code: "57014" });
  expect(await tablesIn(url)).toEqual([]);
});

test("a file without a default function is refused", async () => {
  const { file, seed } = await seeding("export const seed = 1;");
  expect(await failureOf(call(seed))).toMatchObject({
    exitCode: 78,
    message: `Cannot run "${file}": it exports no function by default`,
  });
});
