import { expect, test } from "vitest";
import { migrations, nodePgMigrate, type MigrationsOptions } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";

const USERS =
  "-- Up Migration\nCREATE TABLE users (id int PRIMARY KEY, name text);\n-- Down Migration\nDROP TABLE users;";
const ORDERS = "-- Up Migration\nCREATE TABLE orders (id int PRIMARY KEY);\n-- Down Migration\nDROP TABLE orders;";
const ITEMS = "-- Up Migration\nCREATE TABLE items (id int PRIMARY KEY);\n-- Down Migration\nDROP TABLE items;";
const THREE = { "20240101_users.sql": USERS, "20240201_orders.sql": ORDERS, "20240301_items.sql": ITEMS };

async function release(files: Record<string, string>, options: Partial<MigrationsOptions> = {}) {
  const url = await createDatabase();
  const directory = await folderOf(files);
  return { url, directory, ...migrations({ engine: nodePgMigrate({ directory }), databaseUrl: url, ...options }) };
}

const names = (done: readonly { name: string }[] | undefined) => done?.map(({ name }) => name);

test("migrate applies everything pending, in order, and says how far it has come", async () => {
  const { url, migrate } = await release(THREE);
  const { value, printed, progress } = await call(migrate);
  expect(names(value?.[0]?.done)).toEqual(["20240101_users", "20240201_orders", "20240301_items"]);
  expect(printed[1]).toMatch(/^2\/3 20240201_orders … [\d.]+ m?s$/);
  expect(progress[1]).toEqual({ done: 1, total: 3, message: "20240201_orders …" });
  expect(await tablesIn(url)).toEqual(["items", "orders", "users"]);
  const again = await valueOf(call(migrate));
  expect(again[0]).toMatchObject({ done: [], notDone: [] });
  expect(migrate.format?.(again as never)).toBe("Nothing to migrate: already up");
});

test.each([
  [{ to: "20240201" }, ["20240101_users", "20240201_orders"]],
  [{ to: 20240201 }, ["20240101_users", "20240201_orders"]],
  [{ to: "20240201_ord" }, ["20240101_users", "20240201_orders"]],
  [{ toExclusive: "20240201_orders" }, ["20240101_users"]],
  [{ step: 2 }, ["20240101_users", "20240201_orders"]],
])("migrate %j applies %j", async (args, expected) => {
  const { migrate } = await release(THREE);
  const [report] = await valueOf(call(migrate, args));
  expect(names(report?.done)).toEqual(expected);
});

test.each([
  [{}, ["20240301_items"]],
  [{ step: 2 }, ["20240301_items", "20240201_orders"]],
  [{ to: "20240201" }, ["20240301_items", "20240201_orders"]],
  [{ toExclusive: "20240201" }, ["20240301_items"]],
])("rollback %j rolls back %j", async (args, expected) => {
  const { migrate, rollback } = await release(THREE);
  await valueOf(call(migrate));
  const [report] = await valueOf(call(rollback, args));
  expect(names(report?.done)).toEqual(expected);
});

test("a dry run shows the plan and changes nothing, not even the engine's table", async () => {
  const { url, migrate } = await release(THREE);
  const value = await valueOf(call(migrate, { dryRun: true, step: 2 }));
  expect(value[0]).toMatchObject({ dryRun: true, done: [], notDone: ["20240101_users", "20240201_orders"] });
  expect(migrate.format?.(value as never)).toBe("Would apply 2 migrations:\n  20240101_users\n  20240201_orders");
  expect(await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

test("migrate --check exits 75 while something is pending, and succeeds when nothing is", async () => {
  const { migrate } = await release(THREE);
  await valueOf(call(migrate, { to: "20240201" }));
  const failure = await failureOf(call(migrate, { check: true }));
  expect(failure).toMatchObject({ exitCode: 75, message: "1 migration pending: 20240301_items" });
  await valueOf(call(migrate));
  expect(await valueOf(call(migrate, { check: true }))).toEqual([]);
});

test("the status shows up, down, and applied without a file", async () => {
  const { url, migrate, migrations: status } = await release(THREE);
  await valueOf(call(migrate, { to: "20240201" }));
  await query(url, "UPDATE pgmigrations SET name = '20240150_gone' WHERE name = '20240201_orders'");
  const rows = await valueOf(call(status));
  expect(rows.map(({ name, status, missing }) => [name, status, missing])).toEqual([
    ["20240101_users", "up", false],
    ["20240150_gone", "up", true],
    ["20240201_orders", "down", false],
    ["20240301_items", "down", false],
  ]);
  expect(status.format?.(rows as never)).toBe(
    [
      "Status  Migration",
      "up      20240101_users",
      "up      20240150_gone  ** file not found **",
      "down    20240201_orders",
      "down    20240301_items",
    ].join("\n"),
  );
});

test("a migration whose file is gone cannot be rolled back, and the sentence names it", async () => {
  const { url, migrate, rollback } = await release({ "1_users.sql": USERS });
  await valueOf(call(migrate));
  await query(url, "UPDATE pgmigrations SET name = '1_gone'");
  expect((await failureOf(call(rollback))).message).toBe(
    'Cannot roll back "1_gone": it is applied, but its file is gone',
  );
});

test("a pending migration older than the newest applied one is a warning, and an error when strict", async () => {
  const { directory, migrate } = await release({ "1_users.sql": USERS, "3_items.sql": ITEMS });
  await valueOf(call(migrate));
  await addFile(directory, "2_orders.sql", ORDERS);
  const failure = await failureOf(call(migrate, { strict: true }));
  expect(failure).toMatchObject({ exitCode: 1, code: "OUT_OF_ORDER" });
  const { value, printed } = await call(migrate);
  expect(printed[0]).toBe('warning: "2_orders" is pending, but older than the newest applied migration');
  expect(names(value?.[0]?.done)).toEqual(["2_orders"]);
});

test("a failing migration is rolled back whole, and the report names file, place, code and hint", async () => {
  const broken = "CREATE TABLE half (id int);\n\nINSERT INTO users (id,\n  nmae) VALUES (1, 'a');\n";
  const { url, migrate } = await release({ "1_users.sql": USERS, "2_broken.sql": broken, "3_items.sql": ITEMS });
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode: 1, code: "42703" });
  expect(failure.message.split("\n")).toEqual([
    'Migration "2_broken" failed: column "nmae" of relation "users" does not exist, and it was rolled back',
    expect.stringMatching(/2_broken\.sql:4:3$/),
    "      nmae) VALUES (1, 'a');",
    "      ^",
    "  code: 42703",
    "Done: 1_users",
    "Not done: 2_broken, 3_items",
  ]);
  expect(failure).toMatchObject({ reports: [{ done: [{ name: "1_users" }], notDone: ["2_broken", "3_items"] }] });
  expect(await tablesIn(url)).toEqual(["users"]);
});

test("a statement that fails while it runs is found although the database gives no position", async () => {
  const broken = "INSERT INTO users VALUES (1, 'a; b');\n-- the same; again\nINSERT INTO users VALUES (1, 'c');\n";
  const { migrate } = await release({ "1_users.sql": USERS, "2_broken.sql": broken });
  const { message } = await failureOf(call(migrate));
  expect(message).toContain("2_broken.sql:3:1\n    INSERT INTO users VALUES (1, 'c');\n");
  expect(message).toContain("detail: Key (id)=(1) already exists.");
});

test("TypeScript and JavaScript migrations run, and an error in their code names its line", async () => {
  const { url, migrate, rollback } = await release({
    "1_users.ts": "export const up = (pgm: any): void => pgm.createTable('users', { id: 'id' });",
    "2_orders.js": "exports.up = (pgm) => pgm.createTable('orders', { id: 'id' });",
    "3_broken.js": "exports.up = (pgm) => {\n  pgm.nothing();\n};",
  });
  const failure = await failureOf(call(migrate));
  expect(failure.message).toContain(
    'Migration "3_broken" failed: pgm.nothing is not a function, and it is not recorded as applied',
  );
  expect(failure.message).toMatch(/3_broken\.js:2:\d+/);
  expect(await tablesIn(url)).toEqual(["orders", "users"]);
  expect(names((await valueOf(call(rollback, { step: 2 })))[0]?.done)).toEqual(["2_orders", "1_users"]);
});

test("pairs of .up.sql and .down.sql are one migration each, where node-pg-migrate is told so", async () => {
  const url = await createDatabase();
  const directory = await folderOf({
    "1_users.up.sql": "CREATE TABLE users (id int);",
    "1_users.down.sql": "DROP TABLE users;",
    "2_orders.js": "exports.up = (pgm) => pgm.createTable('orders', { id: 'id' });",
  });
  const { migrate, rollback } = migrations({ engine: nodePgMigrate({ directory, sqlPairs: true }), databaseUrl: url });
  expect(names((await valueOf(call(migrate)))[0]?.done)).toEqual(["1_users", "2_orders"]);
  await valueOf(call(rollback, { step: 2 }));
  expect(await tablesIn(url)).toEqual([]);
});

test("--schema migrates that schema alone, with a table of its own", async () => {
  const { url, migrate, migrations: status } = await release({ "1_users.sql": USERS });
  await query(url, "CREATE SCHEMA tenant");
  await valueOf(call(migrate, { schema: "tenant" }));
  expect(await tablesIn(url, "tenant")).toEqual(["users"]);
  expect((await valueOf(call(status)))[0]?.status).toBe("down");
  expect((await valueOf(call(status, { schema: "tenant" })))[0]?.status).toBe("up");
  const missing = { exitCode: 65, code: "UNKNOWN_SCHEMA", message: 'Cannot use the schema "none": it does not exist' };
  for (const how of [{}, { dryRun: true }, { check: true }])
    expect(await failureOf(call(migrate, { schema: "none", ...how }))).toMatchObject(missing);
  expect(await failureOf(call(status, { schema: "none" }))).toMatchObject(missing);
});

test("several databases are migrated in order; the first failure stops, and the report says what was done", async () => {
  const urls = {
    main: await createDatabase(),
    analytics: await createDatabase(),
    last: await createDatabase(),
  };
  const good = nodePgMigrate({ directory: await folderOf({ "1_users.sql": USERS }) });
  const bad = nodePgMigrate({ directory: await folderOf({ "1_bad.sql": "SELECT 1/0;" }) });
  const { migrate, migrations: status } = migrations({
    repos: {
      main: { engine: good, databaseUrl: urls.main },
      analytics: { engine: bad, databaseUrl: urls.analytics },
      last: { engine: good, databaseUrl: urls.last },
    },
  });
  const failure = await failureOf(call(migrate));
  expect(failure.message).toMatch(/^analytics: Migration "1_bad" failed: division by zero/);
  expect(failure.message).toMatch(/Databases done: main \(1 migration\)\nDatabases not begun: last$/);
  expect(await tablesIn(urls.last)).toEqual([]);
  const rows = await valueOf(call(status));
  expect(rows.map(({ repo, status }) => `${repo} ${status}`)).toEqual(["main up", "analytics down", "last down"]);
  expect(names((await valueOf(call(migrate, { repo: "last" })))[0]?.done)).toEqual(["1_users"]);
  expect((await failureOf(call(migrate, { repo: "mian" }))).message).toContain('(did you mean "main"?)');
});

test("a table and files of node-pg-migrate's own command line are taken over as they are", async () => {
  const { url, directory, migrate, migrations: status } = await release(THREE);
  const { runner } = await import("node-pg-migrate");
  const own = {
    databaseUrl: url,
    dir: directory,
    migrationsTable: "pgmigrations",
    direction: "up",
    log: () => {},
  } as const;
  await runner({ ...own, count: 2 });
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "up", "down"]);
  await valueOf(call(migrate));
  expect(await runner(own)).toEqual([]);
});

test.each([
  [{ too: 1 }, 'unknown argument "too" (did you mean "to"?)'],
  [{ to: "1", step: 1 }, 'give only one of "to", "step"'],
  [{ step: 0 }, 'argument "step" must be a whole number above 0'],
  [{ lockTimeout: "soon" }, 'argument "lockTimeout" is no duration: write it as 300ms, 30s, 5m or 2h'],
  [{ to: 20240101000000001 }, 'argument "to" has too many digits for a number: write it in quotes'],
])("migrate refuses %j", async (args, message) => {
  const { migrate } = migrations({ engine: nodePgMigrate(), databaseUrl: undefined as never });
  expect(await failureOf(call(migrate, args))).toMatchObject({ exitCode: 65, message });
});

test("a missing address, an unknown version and a closed port each have their own sentence and exit code", async () => {
  const { migrate, url } = await release(THREE);
  expect(await failureOf(call(migrate, { to: "20240202" }))).toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/^Cannot go to "20240202": no migration has that name or version/) as string,
  });
  const unset = migrations({ engine: nodePgMigrate(), databaseUrl: () => undefined });
  expect(await failureOf(call(unset.migrate))).toMatchObject({ exitCode: 78 });
  const closed = migrations({ engine: nodePgMigrate(), databaseUrl: url.replace(/:\d+\//, ":1/") });
  const failure = await failureOf(call(closed.migrate));
  expect(failure.exitCode).toBe(75);
  expect(failure.message).toMatch(/^Cannot connect to the database 127\.0\.0\.1:1\/\w+: connect ECONNREFUSED/);
});
