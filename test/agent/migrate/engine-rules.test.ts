// What is particular to one engine: its own lock, its own way to fail, and what of it must not surprise.
import { expect, test, vi } from "vitest";
import { knex, migrations, sequelize } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { startCallers } from "./callers.ts";
import { ENGINES, tableStep, type Step } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { prismaDeploy, prismaDiagnose } from "./prisma-engine.ts";
import { PATIENCE_MS } from "../../patience.ts";

const USERS = tableStep(1, "users");
const SLEEPING = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'
  AND datname = current_database() AND pid <> pg_backend_pid()`;

async function release(name: string, steps: readonly Step[]) {
  const engine = ENGINES.find((one) => one.name === name);
  if (!engine) throw new Error(name);
  const url = await createDatabase();
  const directory = await folderOf(engine.files(steps));
  const add = async (all: readonly Step[]) => {
    for (const [file, text] of Object.entries(engine.files(all))) await addFile(directory, file, text);
  };
  return { url, directory, add, ...migrations({ engine: engine.adapter(directory), databaseUrl: url }) };
}

test("knex's own lock, left by a killed process of remsh, is freed by the next", async () => {
  const slow = { id: "2_slow", up: "SELECT pg_sleep(60)", down: "", alone: true };
  const { url, directory, add, migrate } = await release("knex", [USERS, slow]);
  const [caller] = await startCallers(1);
  void caller?.migrate({ url, directory, engine: "knex" }).catch(() => {});
  await vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), {
    timeout: PATIENCE_MS,
    interval: 20,
  });
  caller?.process.kill("SIGKILL");
  expect(await query(url, "SELECT is_locked FROM knex_migrations_lock")).toEqual([{ is_locked: 1 }]);
  await add([{ ...slow, up: "CREATE TABLE quick (id int)" }]);
  await valueOf(call(migrate));
  expect(await tablesIn(url)).toEqual(["quick", "users"]);
  expect(await query(url, "SELECT is_locked FROM knex_migrations_lock")).toEqual([{ is_locked: 0 }]);
});

test("knex's own lock, set by a knex that is not remsh, is left alone: exit 75", async () => {
  const { url, add, migrate } = await release("knex", [USERS]);
  await valueOf(call(migrate));
  await query(url, "UPDATE knex_migrations_lock SET is_locked = 1");
  await add([USERS, tableStep(2, "orders")]);
  const failure = await failureOf(call(migrate, { lockTimeout: "1ms" }));
  expect(failure).toMatchObject({ exitCode: 75, code: "ENGINE_LOCKED" });
  expect(failure.message).toContain('another knex, or one that was killed (then "knex migrate:unlock" frees it)');
  expect(await query(url, "SELECT is_locked FROM knex_migrations_lock")).toEqual([{ is_locked: 1 }]);
});

test("knex removes its record in the transaction of the rollback", async () => {
  const failing = { ...USERS, down: "DROP TABLE users; SELECT 1/0" };
  const { url, migrate, rollback } = await release("knex", [failing]);
  await valueOf(call(migrate));
  expect((await failureOf(call(rollback))).message).toMatch(
    /^Migration "1_users.js" failed: division by zero, and it was rolled back/,
  );
  expect(await tablesIn(url)).toEqual(["users"]);
  expect(await query(url, "SELECT name FROM knex_migrations")).toEqual([{ name: "1_users.js" }]);
});

test("knex takes a knexfile's options, with a table and folders of other names", async () => {
  const url = await createDatabase();
  const up = (name: string) =>
    `exports.up = (knex) => knex.schema.createTable("${name}", () => {});\nexports.down = () => {};`;
  const directory = [await folderOf({ "2_b.js": up("b") }), await folderOf({ "1_a.js": up("a"), "readme.txt": "" })];
  const engine = knex({ client: "pg", connection: "ignored", migrations: { directory, tableName: "done" } });
  const { migrate } = migrations({ engine, databaseUrl: url });
  expect((await valueOf(call(migrate)))[0]?.done.map(({ name }) => name)).toEqual(["1_a.js", "2_b.js"]);
  expect(await query(url, "SELECT name, batch FROM done ORDER BY id")).toEqual([
    { name: "1_a.js", batch: 1 },
    { name: "2_b.js", batch: 2 },
  ]);
});

test("a transaction that a migration of sequelize leaves open is rolled back, and the lock is free", async () => {
  const url = await createDatabase();
  const begin = "const transaction = await queryInterface.sequelize.transaction();";
  const create = 'await queryInterface.createTable("users", {}, { transaction });';
  for (const [end, words] of [
    ['throw new Error("on purpose")', "on purpose, and it was rolled back"],
    ["", "has not recorded it as applied"],
  ] as const) {
    const up = `exports.up = async (queryInterface) => { ${begin} ${create} ${end} };`;
    const engine = sequelize({ directory: await folderOf({ "1_users.cjs": up }) });
    const { migrate } = migrations({ engine, databaseUrl: url });
    const failure = await failureOf(call(migrate, { lockTimeout: "0s" }));
    expect(failure.exitCode).toBe(1);
    expect(failure.message).toContain(words);
    expect(await tablesIn(url)).toEqual([]);
  }
});

test("after a late merge kysely rolls back the newest, and then the others, each by itself", async () => {
  const { url, add, migrate, rollback } = await release("kysely", [USERS, tableStep(3, "items")]);
  await valueOf(call(migrate));
  await add([tableStep(2, "orders")]);
  await valueOf(call(migrate));
  for (const left of [["orders", "users"], ["users"], []]) {
    await valueOf(call(rollback));
    expect(await tablesIn(url)).toEqual(left);
    expect(await query(url, "SELECT FROM kysely_migration")).toHaveLength(left.length);
  }
});

test.each(["drizzle", "prisma"])("%s says why it cannot roll back", async (name) => {
  const { migrate, rollback } = await release(name, [USERS]);
  await valueOf(call(migrate));
  const failure = await failureOf(call(rollback));
  expect(failure.code).toBe("UP_ONLY");
  expect(failure.message).toMatch(
    /^Cannot roll back: \w+ keeps no down migrations; undo the change by a new migration$/,
  );
});

test("Prisma's own engine finds nothing wrong with what remsh applied, and a failed migration leaves no record", async () => {
  const broken = { id: "2_broken", up: "CREATE TABLE half (id int);\nSELECT 1/0;", down: "" };
  const { url, directory, add, migrate } = await release("prisma", [USERS, broken]);
  await failureOf(call(migrate));
  const found = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true };
  expect(await prismaDiagnose(url, directory)).toMatchObject({ ...found, history: { diagnostic: "databaseIsBehind" } });
  await add([{ ...broken, up: "CREATE TABLE whole (id int);" }]);
  await valueOf(call(migrate));
  expect(await prismaDiagnose(url, directory)).toEqual({ ...found, history: null });
});

test("a migration that Prisma has not finished blocks until it is resolved; an edited one is a warning", async () => {
  const { url, directory, add, migrate, migrations: status } = await release("prisma", [USERS]);
  await valueOf(call(migrate));
  await add([{ ...USERS, up: `${USERS.up} -- edited` }]);
  expect((await call(migrate)).printed).toEqual(['warning: "1_users" was edited after it was applied']);
  await add([USERS, { id: "2_broken", up: "SELECT 1/0", down: "" }]);
  await expect(prismaDeploy(url, directory)).rejects.toThrow(/division by zero/);
  for (const args of [{}, { check: true }]) {
    expect((await failureOf(call(migrate, args))).message).toContain(
      'Prisma has not finished "2_broken": it runs now, or it failed (see to it, then run "prisma migrate resolve --rolled-back 2_broken"',
    );
  }
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "down"]);
});
