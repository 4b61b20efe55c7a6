// What drizzle's table can tell: a row has the journal entry's `when` and the hash of its file, and nothing else.
import { expect, test } from "vitest";
import { drizzle, migrations } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, sha256 } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";

interface Entry {
  tag: string;
  when: number;
  sql: string;
}

const WHEN = 1_700_000_000_000;
const ACCOUNTS = { tag: "0000_accounts", when: WHEN, sql: "CREATE TABLE accounts AS SELECT 100 AS balance;" };
const INTEREST = { tag: "0001_interest", when: WHEN + 1, sql: "UPDATE accounts SET balance = balance + 100;" };
const AUDIT = { tag: "0002_audit", when: WHEN + 1, sql: "CREATE TABLE audit (id int);" };
const RECORDED = "SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id";

function filesOf(entries: readonly Entry[]): Record<string, string> {
  const journal = entries.map(({ tag, when }, idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  return {
    "meta/_journal.json": JSON.stringify({ version: "7", dialect: "postgresql", entries: journal }),
    ...Object.fromEntries(entries.map(({ tag, sql }) => [`${tag}.sql`, sql])),
  };
}

async function release(entries: readonly Entry[]) {
  const url = await createDatabase();
  const directory = await folderOf(filesOf(entries));
  const write = async (wanted: readonly Entry[]) => {
    for (const [file, text] of Object.entries(filesOf(wanted))) await addFile(directory, file, text);
  };
  const alone = () => ENGINES.find(({ name }) => name === "drizzle")?.migrateAlone(url, directory);
  const engine = drizzle({ migrationsFolder: directory });
  return { url, write, alone, ...migrations({ engine, databaseUrl: url }) };
}

const balance = async (url: string) => (await query<{ balance: number }>(url, "SELECT balance FROM accounts"))[0];
const done = async (calling: ReturnType<typeof call>) =>
  ((await valueOf(calling)) as { done: { name: string }[] }[])[0]?.done.map(({ name }) => name);

test("of two journal entries with one `when` each runs once, and is recorded as drizzle records it", async () => {
  const entries = [ACCOUNTS, INTEREST, AUDIT];
  const { url, alone, migrate, migrations: status } = await release(entries);
  expect(await done(call(migrate))).toEqual(entries.map(({ tag }) => tag));
  expect(await done(call(migrate))).toEqual([]);
  await alone();
  expect(await balance(url)).toEqual({ balance: 200 });
  expect(await tablesIn(url)).toEqual(["accounts", "audit"]);
  expect(await query(url, RECORDED)).toEqual(
    entries.map(({ sql, when }) => ({ hash: sha256(sql), created_at: String(when) })),
  );
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "up", "up"]);
});

test("what drizzle's migrator applied is known, also where two entries have one `when`", async () => {
  const { url, alone, migrate, write } = await release([ACCOUNTS, INTEREST]);
  await alone();
  await write([ACCOUNTS, INTEREST, AUDIT]);
  expect(await done(call(migrate))).toEqual([AUDIT.tag]); // drizzle passes over it
  expect(await balance(url)).toEqual({ balance: 200 });
  const whole = await release([ACCOUNTS, INTEREST, AUDIT]);
  await whole.alone();
  expect(await done(call(whole.migrate))).toEqual([]);
});

test("rows that were written twice are one entry, and the other entry of that `when` is still pending", async () => {
  const { url, alone, migrate, write } = await release([ACCOUNTS, INTEREST]);
  await alone();
  await query(
    url,
    "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) SELECT hash, created_at FROM drizzle.__drizzle_migrations",
  );
  await write([ACCOUNTS, INTEREST, AUDIT]);
  expect(await done(call(migrate))).toEqual([AUDIT.tag]);
});

test("two entries with one `when` and one text are told apart by how many rows there are", async () => {
  const again = { ...INTEREST, tag: "0002_interest" };
  const { url, migrate, migrations: status } = await release([ACCOUNTS, INTEREST, again]);
  expect(await done(call(migrate, { step: 2 }))).toEqual([ACCOUNTS.tag, INTEREST.tag]);
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "up", "down"]);
  expect(await done(call(migrate))).toEqual([again.tag]);
  expect(await done(call(migrate))).toEqual([]);
  expect(await balance(url)).toEqual({ balance: 300 });
});

test("an entry that was edited after it was applied is known by its `when`, unless another has the same: refused", async () => {
  const { url, migrate, write } = await release([ACCOUNTS, INTEREST]);
  await valueOf(call(migrate));
  const edited = { ...INTEREST, sql: `${INTEREST.sql} -- edited` };
  await write([ACCOUNTS, edited]);
  expect(await done(call(migrate))).toEqual([]);
  await write([ACCOUNTS, edited, AUDIT]);
  for (const args of [{}, { check: true }, { dryRun: true }]) {
    const failure = await failureOf(call(migrate, args));
    expect(failure).toMatchObject({ exitCode: 1, code: "BLOCKED" });
    expect(failure.message).toBe(
      'Cannot migrate: drizzle\'s journal has one "when" for "0001_interest" and "0002_audit", and the table ' +
        '"drizzle"."__drizzle_migrations" has a row for it that is neither\'s by its hash: put back the text that was applied',
    );
  }
  expect(await balance(url)).toEqual({ balance: 200 });
  await write([ACCOUNTS, INTEREST, AUDIT]);
  expect(await done(call(migrate))).toEqual([AUDIT.tag]);
});
