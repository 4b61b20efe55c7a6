import { expect, test } from "vitest";
import { createDatabase } from "../../database.ts";
import { startCallers, type Answer } from "./callers.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const PROCESSES = 6;
const ROUNDS = 4;

/** As the sessions have reported it at their end. */
const DEADLOCKS = "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()";

const table = (name: string) => `CREATE TABLE ${name} (id serial PRIMARY KEY, name text);
INSERT INTO ${name} (name) SELECT 'name ' || n FROM generate_series(1, 500) n;`;
const index = (name: string) => `exports.up = (pgm) => {
  pgm.noTransaction();
  pgm.createIndex("${name}", "name", { concurrently: true });
};`;
const PLAIN = { "1_users.sql": table("users"), "2_orders.sql": table("orders"), "3_items.sql": table("items") };
const CONCURRENTLY = {
  ...PLAIN,
  "4_users_name.js": index("users"),
  "5_more.sql": table("more"),
  "6_more_name.js": index("more"),
};

test.each([
  ["plain", PLAIN],
  ["with CREATE INDEX CONCURRENTLY", CONCURRENTLY],
])(`${PROCESSES} processes at once, ${ROUNDS} times, %s: all exit 0, each migration runs once`, async (_, files) => {
  const callers = await startCallers(PROCESSES);
  const directory = await folderOf(files);
  for (let round = 0; round < ROUNDS; round += 1) {
    const url = await createDatabase();
    const answers = await Promise.all(callers.map((caller) => caller.migrate({ url, directory })));
    expect(answers.map(({ exitCode, message }) => message ?? exitCode)).toEqual(Array(PROCESSES).fill(0));
    expect(doneBy(answers)).toEqual(Object.keys(files).map((name) => name.replace(/\.\w+$/, "")));
    expect(await query(url, "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")).toEqual([]);
    expect(await query(url, DEADLOCKS)).toEqual([{ deadlocks: 0 }]);
    expect(await query(url, "SELECT count(*)::int AS rows FROM users")).toEqual([{ rows: 500 }]);
  }
});

test(`${PROCESSES} processes at once, one migration fails: all exit 1, and nothing of it stays`, async () => {
  const callers = await startCallers(PROCESSES);
  const directory = await folderOf({ ...PLAIN, "2_orders.sql": "CREATE TABLE half (id int);\nSELECT 1/0;" });
  for (let round = 0; round < ROUNDS; round += 1) {
    const url = await createDatabase();
    const answers = await Promise.all(callers.map((caller) => caller.migrate({ url, directory })));
    expect(answers.map(({ exitCode }) => exitCode)).toEqual(Array(PROCESSES).fill(1));
    for (const { message } of answers)
      expect(message).toMatch(/^Migration "2_orders" failed: division by zero, and it was rolled back/);
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(await query(url, "SELECT name FROM pgmigrations")).toEqual([{ name: "1_users" }]);
    expect(await query(url, DEADLOCKS)).toEqual([{ deadlocks: 0 }]);
  }
});

/** The migrations that all processes together say they ran, in order: a second run of one would show twice. */
function doneBy(answers: Answer[]): string[] {
  return answers.flatMap(({ value }) => value?.flatMap(({ done }) => done.map(({ name }) => name)) ?? []).sort();
}
