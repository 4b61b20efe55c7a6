// The migration lock in MySQL, on a real MariaDB: who holds it, what a killed process leaves, and what ends a migration.
import os from "node:os";
import mysql from "mysql2/promise";
import { expect, onTestFinished, vi } from "vitest";
import { knex, kysely, migrations } from "../../../agent/migrate/index.ts";
import { createMariadb, queryMariadb, tablesInMariadb } from "../../mariadb.ts";
import { needing } from "../../needing.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { startCallers } from "./callers.ts";
import { addFile, folderOf } from "./folder.ts";

const { test } = needing("mariadbd");

const HALF = `exports.up = async (knex) => {
  await knex.raw("CREATE TABLE half (id int)");
  await knex.raw("SELECT SLEEP(60) AS sleeping");
};
exports.down = () => {};`;
const SLEEPING =
  "SELECT id, time FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)%' AND db = DATABASE() AND id <> CONNECTION_ID()";

async function release(files: Record<string, string>) {
  const url = await createMariadb();
  const directory = await folderOf(files);
  return { url, directory, ...migrations({ engine: knex({ migrations: { directory } }), databaseUrl: url }) };
}

async function sleeping(url: string): Promise<number> {
  const find = async (): Promise<number> => {
    const [row] = await queryMariadb<{ id: number }>(url, SLEEPING);
    if (!row) throw new Error("no migration sleeps");
    return row.id;
  };
  return vi.waitFor(find, { timeout: PATIENCE_MS, interval: 20 });
}

/** The connection on which a process of remsh holds the lock: it always sleeps. */
async function keeper(url: string): Promise<number> {
  const text =
    "SELECT id FROM information_schema.processlist WHERE info LIKE '%/* remsh: %SLEEP(1)%' AND db = DATABASE() AND id <> CONNECTION_ID()";
  return vi.waitFor(async () => (await queryMariadb<{ id: number }>(url, text))[0]!.id, PATIENCE_MS);
}

test("a caller that waits for the lock is told who holds it, and gives up with exit 75", async () => {
  const { url, migrate } = await release({ "1_half.js": HALF });
  const controller = new AbortController();
  const holding = call(migrate, {}, { signal: controller.signal });
  await sleeping(url);
  const { error, printed } = await call(migrate, { lockTimeout: "1500ms" });
  const holder = `node ${process.pid} on ${os.hostname()}`.replace("node", process.env.REMSH_APP ?? "\\w+");
  expect(printed[0]).toMatch(new RegExp(`^waiting for the migration lock: ${holder}, for \\d(\\.\\d)? s$`));
  expect(error).toMatchObject({ exitCode: 75, code: "LOCK_TIMEOUT" });
  controller.abort(new Error("enough"));
  const failure = await failureOf(holding);
  expect(failure).toMatchObject({ exitCode: 75, code: "CANCELLED" });
  expect(failure.message).toContain(
    'Cancelled "1_half.js", and it is not recorded as applied, but what it had committed stays',
  );
  expect(failure.message).toContain("committed before it failed: CREATE TABLE");
});

test("the holder is killed in mid-migration: the next caller ends its session and goes on", async () => {
  const { url, directory, migrate } = await release({ "1_half.js": HALF });
  const [caller] = await startCallers(1);
  void caller?.migrate({ url, directory, engine: "knex" }).catch(() => {});
  await sleeping(url);
  await addFile(
    directory,
    "1_half.js",
    'exports.up = (knex) => knex.raw("CREATE TABLE whole (id int)"); exports.down = () => {};',
  );
  caller?.process.kill("SIGKILL");
  const { value, printed } = await call(migrate);
  expect(value?.[0]?.done.map(({ name }) => name)).toEqual(["1_half.js"]); // knex's row was freed as well
  expect(await tablesInMariadb(url)).toEqual(["half", "whole"]);
  expect(await queryMariadb(url, SLEEPING)).toEqual([]);
  const told = printed.filter((line) =>
    line.startsWith("ending the session that a killed process left behind: connection "),
  );
  expect(told.length).toBeLessThanOrEqual(1); // none when the server has noticed by itself
});

test("the lock's connection ends in mid-migration: the migration is stopped, and told", async () => {
  const { url, migrate } = await release({
    "1_half.js": HALF,
    "2_next.js": 'exports.up = (knex) => knex.raw("SELECT 1"); exports.down = () => {};',
  });
  const running = failureOf(call(migrate));
  await sleeping(url);
  await queryMariadb(url, `KILL ${await keeper(url)}`);
  const failure = await running;
  expect(failure).toMatchObject({ exitCode: 75, code: "LOCK_LOST" });
  expect(failure.message).toMatch(/^Stopped "1_half\.js": lost the migration lock: .*but what it had committed stays/);
  expect(await tablesInMariadb(url)).toEqual(["half"]);
});

test("a migration whose connection ends is not said to be rolled back: exit 75", async () => {
  const { url, migrate } = await release({ "1_half.js": HALF });
  const running = failureOf(call(migrate));
  await queryMariadb(url, `KILL ${await sleeping(url)}`);
  const failure = await running;
  expect(failure.message).toMatch(/^Migration "1_half\.js" failed: the server ended the connection: /);
  expect(failure.exitCode).toBe(75);
  expect(failure.message).toContain("committed before it failed: CREATE TABLE");
  expect(failure.message).not.toContain("rolled back");
});

test("what another lock of the engine's own holds is waited for: exit 75", async () => {
  const { url, migrate } = await release({
    "1_a.js": 'exports.up = (knex) => knex.raw("CREATE TABLE a (id int)"); exports.down = () => {};',
  });
  await queryMariadb(url, "CREATE TABLE knex_migrations_lock (`index` int PRIMARY KEY AUTO_INCREMENT, is_locked int)");
  await queryMariadb(url, "INSERT INTO knex_migrations_lock (is_locked) VALUES (1)");
  expect(await failureOf(call(migrate, { lockTimeout: "0s" }))).toMatchObject({ exitCode: 75, code: "ENGINE_LOCKED" });
  await queryMariadb(url, "UPDATE knex_migrations_lock SET is_locked = 0");
  await valueOf(call(migrate, { lockTimeout: "0s" }));

  const other = await mysql.createConnection(url);
  onTestFinished(() => other.end());
  await other.query("SELECT GET_LOCK('ea586330-2c93-47c8-908d-981d9d270f9d', 0)"); // as kysely's Migrator does
  const own = migrations({ engine: kysely({ directory: await folderOf({}) }), databaseUrl: url });
  const failure = await failureOf(call(own.migrate, { lockTimeout: "0s" }));
  expect(failure).toMatchObject({ exitCode: 75, code: "ENGINE_LOCKED" });
  expect(failure.message).toMatch(/^Gave up waiting for kysely's own lock: connection \d+ of root@127\.0\.0\.1/);
});

test("without a lock the migrations run, and a line warns of it", async () => {
  const { url, directory } = await release({
    "1_a.js": 'exports.up = (knex) => knex.raw("CREATE TABLE a (id int)"); exports.down = () => {};',
  });
  const { migrate } = migrations({ engine: knex({ migrations: { directory } }), databaseUrl: url, lock: false });
  expect((await call(migrate)).printed[0]).toBe(
    "warning: no lock is taken: nothing else may migrate this database now",
  );
  expect(await tablesInMariadb(url)).toEqual(["a"]);
});
