import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { removeTemporary, startApp, startRemsh, type App } from "../../end-to-end/processes.ts";
import { createDatabase } from "../../database.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { PATIENCE_MS } from "../../patience.ts";

let app: App | undefined;
afterEach(async () => {
  await app?.stop();
  removeTemporary();
});

const SLEEPING = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'
  AND datname = current_database() AND pid <> pg_backend_pid()`;
const FILES = {
  "migrations/20240301_add_users.sql":
    "-- Up Migration\nCREATE TABLE users (id int, name text);\n-- Down Migration\nDROP TABLE users;\n",
  "migrations/20240302_add_orders.sql":
    "-- Up Migration\nCREATE TABLE orders (id int);\n-- Down Migration\nDROP TABLE orders;\n",
  "seeds.mjs": `export default async (client, { print }) => {
    await client.query("INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace')");
    print("inserted Ada and Grace");
    return { users: 2 };
  };`,
};

async function release(files: Record<string, string> = FILES) {
  const url = await createDatabase();
  const folder = await folderOf(files);
  const migrations = path.join(folder, "migrations");
  app = await startApp("../../agent/migrate/fixtures/release.mjs", {
    env: { DATABASE_URL: url, MIGRATIONS: migrations },
  });
  return { app, url, folder };
}

/** Times vary. */
const steady = (text: string) => text.replace(/\d+(?:\.\d+)? m?s$/gm, "12 ms");

test("the command line migrates, shows the status, rolls back and seeds, through the running app", async () => {
  const { app, url } = await release();
  const rpc = async (...words: string[]) => {
    const { stdout, stderr, code } = await app.remsh("rpc", ...words);
    return { stdout: steady(stdout), stderr: steady(stderr), code };
  };
  expect(await rpc("Release.migrate", "--dry-run")).toEqual({
    stdout: "Would apply 2 migrations:\n  20240301_add_users\n  20240302_add_orders\n",
    stderr: "",
    code: 0,
  });
  expect(await rpc("Release.migrate", "--check")).toEqual({
    stdout: "",
    stderr: "2 migrations pending: 20240301_add_users, 20240302_add_orders\n",
    code: 75,
  });
  expect(await rpc("Release.migrate")).toEqual({
    stdout: "Applied 2 migrations in 12 ms\n",
    stderr:
      "0/2 20240301_add_users …\n1/2 20240301_add_users … 12 ms\n1/2 20240302_add_orders …\n2/2 20240302_add_orders … 12 ms\n",
    code: 0,
  });
  expect((await rpc("Release.rollback", "--to", "20240302")).stdout).toContain("Rolled back 1 migration in 12 ms");
  expect(await rpc("Release.migrations")).toEqual({
    stdout: "Status  Migration\nup      20240301_add_users\ndown    20240302_add_orders\n",
    stderr: "",
    code: 0,
  });
  expect(await rpc("Release.seed")).toEqual({ stdout: "inserted Ada and Grace\n{ users: 2 }\n", stderr: "", code: 0 });
  expect(await query(url, "SELECT name FROM users ORDER BY id")).toEqual([{ name: "Ada" }, { name: "Grace" }]);
  const both = await rpc("Release.migrate", "--to", "20240302", "--step", "1");
  expect(both).toEqual({
    stdout: "",
    stderr: 'Cannot call "Release.migrate": give only one of "to", "step"\n',
    code: 65,
  });
});

test("a failing migration exits 1, with the report on stderr and its code in --json", async () => {
  const { app, folder } = await release();
  await addFile(
    folder,
    "migrations/20240303_broken.sql",
    "CREATE TABLE half (id int);\nINSERT INTO users (nmae) VALUES ('a');\n",
  );
  const plain = await app.remsh("rpc", "Release.migrate");
  expect(plain.code).toBe(1);
  expect(plain.stderr).toContain(
    'Migration "20240303_broken" failed: column "nmae" of relation "users" does not exist, and it was rolled back\n',
  );
  expect(plain.stderr).toMatch(/\nDone: 20240301_add_users, 20240302_add_orders\nNot done: 20240303_broken\n$/);
  expect(plain.stderr).not.toContain("    at ");
  const { stdout, code } = await app.remsh("--json", "rpc", "Release.migrate");
  expect(code).toBe(1);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ error: { code: "42703" }, exitCode: 1 });
});

test("Ctrl-C and a deadline stop the statement in the database, and nothing of the migration stays", async () => {
  const { app, url } = await release({
    "migrations/1_slow.sql": "CREATE TABLE half (id int);\nSELECT pg_sleep(60);\n",
  });
  const sleeping = () =>
    vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), { timeout: PATIENCE_MS, interval: 20 });
  const running = startRemsh(["rpc", "Release.migrate"], { env: app.env });
  await sleeping();
  running.child.kill("SIGINT");
  const interrupted = await running.finished;
  expect(interrupted.code).toBe(130);
  expect(interrupted.stderr).toContain('Cancelled "1_slow", and it was rolled back');
  const late = await app.remsh("rpc", "--timeout", "3s", "Release.migrate");
  expect(late.code).toBe(75);
  // Which of them depends on how busy the machine is in the quarter of a second after the deadline.
  expect(late.stderr).toMatch(/Cancelled "1_slow", and it was rolled back|cancelled, but the task still runs/);
  await vi.waitFor(async () => expect(await query(url, SLEEPING)).toEqual([]), PATIENCE_MS);
  expect(await tablesIn(url)).toEqual([]);
});

test("a command of the team's own streams to the command line, keeps its exit code, and ends at a deadline", async () => {
  const { app, folder } = await release();
  const runs = async (script: string, ...words: string[]) => {
    await addFile(folder, "command.sh", script);
    const { stdout, stderr, code } = await app.remsh("rpc", ...words, "Command.migrate");
    return { stdout: steady(stdout), stderr: steady(stderr), code };
  };
  const line = 'sh "$MIGRATIONS/../command.sh"';
  expect(await runs("echo applied; echo careful >&2")).toEqual({
    stdout: `applied\nRan "${line}" in 12 ms\n`,
    stderr: `0/1 ${line} …\ncareful\n1/1 ${line} … 12 ms\n`,
    code: 0,
  });
  expect(await runs("echo applying; exit 7")).toEqual({
    stdout: "applying\n",
    stderr: `0/1 ${line} …\n"${line}" exited with 7, and what it had committed stays\n`,
    code: 7,
  });
  const late = await runs("exec sleep 60", "--timeout", "2s");
  expect(late.code).toBe(75);
  expect(late.stderr).toMatch(/Cancelled "sh .*": its processes have ended|cancelled, but the task still runs/);
});
