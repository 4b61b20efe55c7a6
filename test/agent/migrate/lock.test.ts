import os from "node:os";
import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { migrations, nodePgMigrate } from "../../../agent/migrate/index.ts";
import { lockKeys } from "../../../agent/migrate/database/lock-keys.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { startCallers } from "./callers.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { PATIENCE_MS } from "../../patience.ts";

const SLEEPING =
  "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()";
const NOBODY =
  "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async function release(files: Record<string, string>) {
  const url = await createDatabase();
  const directory = await folderOf(files);
  return { url, directory, ...migrations({ engine: nodePgMigrate({ directory }), databaseUrl: url }) };
}

/** A session that holds the migration lock of the default table, as a process of the given name. */
async function holdLock(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  const keys = await lockKeys(client, { schema: "public", name: "pgmigrations" });
  await client.query("SELECT pg_advisory_lock($1)", [keys.lock]);
  return client;
}

const sleeping = (url: string) =>
  vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), { timeout: PATIENCE_MS, interval: 20 });

test("who waits for the lock is told who holds it, and gives up with exit 75", async () => {
  const { url, migrate } = await release({ "1_users.sql": "CREATE TABLE users (id int);" });
  await holdLock(url, "remsh: shop 4711 on web-2");
  const { error, printed } = await call(migrate, { lockTimeout: "1500ms" });
  expect(printed[0]).toMatch(/^waiting for the migration lock: shop 4711 on web-2, for \d+(\.\d)? s$/);
  expect(error).toMatchObject({ exitCode: 75, code: "LOCK_TIMEOUT" });
  expect((error as Error).message).toMatch(
    /^Gave up waiting for the migration lock: shop 4711 on web-2, for \d\.\d s$/,
  );
  expect(await tablesIn(url)).toEqual([]);
});

test("the plan is made after the lock is held: what the holder applied is not applied again", async () => {
  const { url, migrate } = await release({ "1_users.sql": "CREATE TABLE users (id int);" });
  const holder = await holdLock(url, "remsh: shop 1 on web-1");
  let waited = false;
  const calling = call(migrate, {}, { onPrint: () => (waited = true) });
  await vi.waitFor(() => expect(waited).toBe(true), PATIENCE_MS);
  await query(
    url,
    "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)",
  );
  await query(url, "INSERT INTO pgmigrations (name, run_on) VALUES ('1_users', now())");
  await holder.end();
  expect((await valueOf(calling))[0]?.done).toEqual([]);
});

test("tenants do not wait for each other: another schema has another lock", async () => {
  const { url, migrate } = await release({ "1_users.sql": "CREATE TABLE users (id int);" });
  await query(url, "CREATE SCHEMA tenant");
  await holdLock(url, "remsh: shop 1 on web-1");
  await valueOf(call(migrate, { schema: "tenant", lockTimeout: "1s" }));
  expect(await tablesIn(url, "tenant")).toEqual(["users"]);
});

test("the holder is killed in mid-migration: the next caller goes on within 2 s, and nothing half-done stays", async () => {
  const { url, directory, migrate } = await release({
    "1_users.sql": "CREATE TABLE users (id int);",
    "2_more.sql": "CREATE TABLE half (id int);\nSELECT pg_sleep(60);\nCREATE TABLE never (id int);",
  });
  const [caller] = await startCallers(1);
  void caller?.migrate({ url, directory }).catch(() => {});
  await sleeping(url);
  await addFile(directory, "2_more.sql", "CREATE TABLE whole (id int);");
  const killed = Date.now();
  caller?.process.kill("SIGKILL");
  const { value, printed } = await call(migrate);
  expect(Date.now() - killed).toBeLessThan(2000);
  expect(value?.[0]?.done.map(({ name }) => name)).toEqual(["2_more"]);
  expect(await tablesIn(url)).toEqual(["users", "whole"]);
  expect(await query(url, SLEEPING)).toEqual([]);
  const ended = printed.filter((line) => line.startsWith("ending"));
  const left = `ending the session that remsh ${caller?.process.pid} on ${os.hostname()} left behind`;
  expect([[], [left]]).toContainEqual(ended); // none when the server has noticed by itself
});

test("a session that works on without its lock is ended before anything else is done", async () => {
  const { url, migrate } = await release({ "1_users.sql": "CREATE TABLE users (id int);" });
  const leftover = new pg.Client({ connectionString: url, application_name: "remsh: shop 7 on web-7" });
  leftover.on("error", () => {});
  await leftover.connect();
  const keys = await lockKeys(leftover, { schema: "public", name: "pgmigrations" });
  await leftover.query("SELECT pg_advisory_lock_shared($1)", [keys.work]);
  await leftover.query("BEGIN; CREATE TABLE users (id int)");
  const { error, printed } = await call(migrate);
  expect(error).toBeUndefined();
  expect(printed[0]).toBe("ending the session that shop 7 on web-7 left behind");
});

test("the lock's connection dies in mid-migration: the migration is stopped, rolled back, and told", async () => {
  const { url, migrate } = await release({
    "1_slow.sql": "CREATE TABLE half (id int);\nSELECT pg_sleep(60);",
    "2_next.sql": "CREATE TABLE next (id int);",
  });
  const calling = failureOf(call(migrate));
  await sleeping(url);
  const keyed =
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%')";
  await query(url, keyed);
  const failure = await calling;
  expect(failure).toMatchObject({ exitCode: 75, code: "LOCK_LOST" });
  expect(failure.message).toMatch(/^Stopped "1_slow": lost the migration lock: .*, and it was rolled back\n/);
  expect(failure.message).toMatch(/Not done: 1_slow, 2_next$/);
  expect(await tablesIn(url)).toEqual([]);
});

test("after the lock is lost no further migration begins", async () => {
  const lost = `SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database());`;
  const { url, migrate } = await release({ "1_lose.sql": lost, "2_next.sql": "CREATE TABLE next (id int);" });
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode: 75, code: "LOCK_LOST" });
  expect(failure.message).toMatch(/^Stopped "(1_lose|2_next)": lost the migration lock: /);
  expect(await tablesIn(url)).toEqual([]);
});

test("cancelling stops the running statement in the database, rolls back and frees the lock", async () => {
  const { url, migrate } = await release({
    "1_users.sql": "CREATE TABLE users (id int);",
    "2_slow.sql": "CREATE TABLE half (id int);\nSELECT pg_sleep(60);",
    "3_next.sql": "CREATE TABLE next (id int);",
  });
  const controller = new AbortController();
  const calling = failureOf(call(migrate, {}, { signal: controller.signal }));
  await sleeping(url);
  controller.abort();
  const failure = await calling;
  expect(failure).toMatchObject({ exitCode: 75, code: "CANCELLED" });
  expect(failure.message).toMatch(/^Cancelled "2_slow", and it was rolled back\n/);
  expect(failure.message).toMatch(/Done: 1_users\nNot done: 2_slow, 3_next$/);
  expect(await tablesIn(url)).toEqual(["users"]);
  expect(await query(url, NOBODY)).toEqual([]);
  expect(await query(url, SLEEPING)).toEqual([]);
});

test("cancelling while it waits for the lock ends the wait", async () => {
  const { url, migrate } = await release({ "1_users.sql": "CREATE TABLE users (id int);" });
  await holdLock(url, "remsh: shop 1 on web-1");
  const controller = new AbortController();
  const failure = await failureOf(call(migrate, {}, { signal: controller.signal, onPrint: () => controller.abort() }));
  expect(failure).toMatchObject({ exitCode: 75, message: "Cancelled while waiting for the migration lock" });
});

test("a migration whose own code never ends is left when cancelled, its connection ended", async () => {
  const { url, migrate } = await release({
    "1_stuck.js":
      "exports.up = async (pgm) => { await pgm.db.query('SELECT 1 AS stuck'); await new Promise(() => {}); };",
  });
  const controller = new AbortController();
  const calling = failureOf(call(migrate, {}, { signal: controller.signal }));
  await vi.waitFor(
    async () =>
      expect(
        await query(url, "SELECT FROM pg_stat_activity WHERE query LIKE '%AS stuck' AND datname = current_database()"),
      ).toHaveLength(1),
    PATIENCE_MS,
  );
  controller.abort();
  expect(await calling).toMatchObject({ exitCode: 75, code: "CANCELLED" });
  expect(await query(url, NOBODY)).toEqual([]);
});

test("lock_timeout and statement_timeout hold in the sessions of migrations, and each session is fresh", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "1_set.sql": "SET statement_timeout = 0;", "2_slow.sql": "SELECT pg_sleep(30);" });
  const settings = { statement_timeout: "50ms", lock_timeout: "20ms" };
  const { migrate } = migrations({ engine: nodePgMigrate({ directory }), databaseUrl: url, settings });
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode: 1, code: "57014" });
  expect(failure.message).toMatch(/^Migration "2_slow" failed: canceling statement due to statement timeout/);
});

test("a migration that waits for a table longer than lock_timeout fails, and is applied when the table is free", async () => {
  const url = await createDatabase();
  const directory = await folderOf({
    "1_users.sql": "CREATE TABLE users (id int);",
    "2_age.sql": "CREATE TABLE ages (id int);\nALTER TABLE users ADD COLUMN age int;",
    "3_next.sql": "CREATE TABLE next (id int);",
  });
  const settings = { lock_timeout: "300ms" };
  const { migrate } = migrations({ engine: nodePgMigrate({ directory }), databaseUrl: url, settings });
  await valueOf(call(migrate, { step: 1 }));
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  onTestFinished(() => reader.end());
  await reader.query("BEGIN; SELECT FROM users"); // as an app's open transaction: it keeps ALTER TABLE out
  const begun = performance.now();
  const failure = await failureOf(call(migrate));
  expect(performance.now() - begun).toBeGreaterThan(295);
  expect(failure).toMatchObject({ exitCode: 75, code: "55P03" });
  expect(failure.message).toMatch(
    /^Migration "2_age" failed: canceling statement due to lock timeout, and it was rolled back\n {2}\S*2_age\.sql:2:1\n/,
  );
  expect(failure.message).toMatch(/\nDone: nothing\nNot done: 2_age, 3_next$/);
  expect(await tablesIn(url)).toEqual(["users"]);
  await reader.query("COMMIT");
  expect((await valueOf(call(migrate)))[0]?.done.map(({ name }) => name)).toEqual(["2_age", "3_next"]);
});

const TWICE = "CREATE TABLE users (name text);\nINSERT INTO users VALUES ('a'), ('a');";
const indexed = (more: string) => `exports.up = (pgm) => {
  pgm.noTransaction();
  pgm.sql('CREATE UNIQUE INDEX CONCURRENTLY ${more} users_name ON users (name)');
};`;

test("a CREATE INDEX CONCURRENTLY that left an invalid index is reported, also when IF NOT EXISTS took it for good", async () => {
  const { url, directory, migrate } = await release({ "1_users.sql": TWICE, "2_name.js": indexed("") });
  const first = await failureOf(call(migrate));
  expect(first.message).toMatch(
    /^Migration "2_name" failed: could not create unique index "users_name", and it is not recorded as applied/,
  );
  expect(first.message).toContain(
    "index public.users_name is INVALID: repair the cause, then DROP INDEX CONCURRENTLY public.users_name",
  );
  await addFile(directory, "2_name.js", indexed("IF NOT EXISTS"));
  await addFile(directory, "3_next.sql", "CREATE TABLE next (id int);");
  const fresh = migrations({
    engine: nodePgMigrate({
      directory: await folderOf({ "1_users.sql": TWICE, "2_name.js": indexed("IF NOT EXISTS"), "3_next.sql": "" }),
    }),
    databaseUrl: url,
  });
  const second = await failureOf(call(fresh.migrate));
  expect(second).toMatchObject({ exitCode: 1, code: "INVALID_INDEX" });
  expect(second.message).toMatch(/^Migration "2_name" left an invalid index\n/);
  expect(second.message).toMatch(/Done: 2_name\nNot done: 3_next$/);
});
