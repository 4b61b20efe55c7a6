// What is said of a migration that failed: that it was rolled back, only where it was; and the server's own words where it ended the
// connection. Each with what the database has afterwards.
import type pg from "pg";
import { Umzug } from "umzug";
import { describe, expect, test } from "vitest";
import { migrations, prisma, umzug, type Settings } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf } from "./call.ts";
import { ENGINES, type Step } from "./engines.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const TABLE = "CREATE TABLE half (id int)";
const OWN_COMMIT = `BEGIN; ${TABLE}; COMMIT; BEGIN; SELECT 1/0; COMMIT`;
const IN_A_BLOCK = "DO $$ BEGIN CREATE TABLE half (id int); COMMIT; PERFORM 1/0; END $$";
const TERMINATED = `${TABLE}; SELECT pg_terminate_backend(pg_backend_pid())`;
/** Ends its own backend while it commits. */
const AT_COMMIT = `${TABLE};
  CREATE FUNCTION bye() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER bye AFTER INSERT ON half DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bye();
  INSERT INTO half VALUES (1)`;

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))("%s", (_, engine) => {
  async function failing(url: string, step: Omit<Step, "id" | "down">) {
    const id = step.alone ? "1_concurrently" : "1_whole";
    const directory = await folderOf(engine.files([{ ...step, id, down: "" }]));
    return failureOf(call(migrations({ engine: engine.adapter(directory), databaseUrl: url }).migrate));
  }

  test("what a migration that ends its transaction itself had committed is said to stay, and what it did not commit is not", async () => {
    const url = await createDatabase();
    const failure = await failing(url, { up: OWN_COMMIT });
    expect(failure).toMatchObject({ exitCode: 1, code: "22012" });
    expect(failure.message).toContain(
      "failed: division by zero, and it is not recorded as applied, but what it had committed stays\n",
    );
    expect(failure.message).toContain("  committed before it failed: CREATE TABLE\n  see what is there,");
    expect(await tablesIn(url)).toEqual(["half"]);

    const block = await createDatabase();
    const inBlock = await failing(block, { up: IN_A_BLOCK, alone: true });
    expect(inBlock.message).toContain("but what it had committed stays\n");
    expect(inBlock.message).toContain(
      "  a DO that fails outside a transaction may have committed a part of its work\n",
    );
    expect(await tablesIn(block)).toEqual(["half"]);
  });

  test("a migration whose connection the server ends is rolled back: 75, with the server's words; at COMMIT too", async () => {
    const url = await createDatabase();
    for (const up of [TERMINATED, AT_COMMIT]) {
      const failure = await failing(url, { up });
      expect(failure).toMatchObject({ exitCode: 75, code: "57P01" });
      expect(failure.message).toMatch(
        /^Migration "1_whole\S*" failed: .*terminating connection due to administrator command, and it was rolled back\n/,
      );
      expect(await tablesIn(url)).toEqual([]);
    }
  });
});

/** One migration in JavaScript, with the client of its session. */
async function migrateOne(
  up: (client: pg.Client) => Promise<unknown>,
  { settings, inTransaction = true }: { settings?: Settings; inTransaction?: boolean } = {},
) {
  const url = await createDatabase();
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
  const { migrate } = migrations({ engine, databaseUrl: url, ...(settings && { settings }) });
  return { url, calling: call(migrate) };
}

const ended = (client: pg.Client) => new Promise((resolve) => client.once("end", resolve));

test("a migration that throws after its statements was rolled back with them, and one that did nothing was not", async () => {
  const thrown = await migrateOne(async (client) => {
    await client.query(TABLE);
    throw new Error("no more");
  });
  expect((await failureOf(thrown.calling)).message).toContain("no more, and it was rolled back\n");
  expect(await tablesIn(thrown.url)).toEqual([]);
  const nothing = await migrateOne(async () => Promise.reject(new Error("nothing")));
  expect((await failureOf(nothing.calling)).message).toContain("nothing, and it is not recorded as applied\n");
});

test("savepoints change nothing, a chained transaction keeps what came before, and a prepared one stays", async () => {
  const savepoint = await migrateOne(async (client) => {
    await client.query(TABLE);
    await client.query("SAVEPOINT one");
    await client.query("SELECT 1/0").catch(() => {});
    await client.query("ROLLBACK TO one");
    await client.query("SELECT 1/0");
  });
  expect((await failureOf(savepoint.calling)).message).toContain("division by zero, and it was rolled back\n");
  const chained = await migrateOne(async (client) => {
    await client.query("CREATE TABLE half (id int)");
    await client.query("INSERT INTO half VALUES (1)");
    await client.query("COMMIT AND CHAIN");
    await client.query("INSERT INTO half VALUES (2)");
    await client.query("SELECT 1/0");
  });
  expect((await failureOf(chained.calling)).message).toContain("  committed before it failed: CREATE TABLE, INSERT\n");
  expect(await query(chained.url, "SELECT id FROM half")).toEqual([{ id: 1 }]);
});

test("outside a transaction each statement stays that succeeded, and a text of several goes back together", async () => {
  const each = await migrateOne(
    async (client) => {
      await client.query(TABLE);
      await client.query("SELECT count(*) FROM half");
      await client.query("SELECT 1/0");
    },
    { inTransaction: false },
  );
  expect((await failureOf(each.calling)).message).toContain("  committed before it failed: CREATE TABLE\n");
  expect(await tablesIn(each.url)).toEqual(["half"]);
  const together = await migrateOne(async (client) => client.query(`${TABLE}; SELECT 1/0`), { inTransaction: false });
  expect((await failureOf(together.calling)).message).toContain("division by zero, and it was rolled back\n");
  expect(await tablesIn(together.url)).toEqual([]);
});

test("a COMMIT to which the answer never comes is not said to be rolled back, nor a statement outside a transaction", async () => {
  const cut = (client: pg.Client) =>
    (client as pg.Client & { connection: { stream: { destroy(): void } } }).connection.stream;
  const commit = await migrateOne(async (client) => {
    await client.query(TABLE);
    const answer = client.query("COMMIT");
    cut(client).destroy();
    await answer;
  });
  const failure = await failureOf(commit.calling);
  expect(failure).toMatchObject({ exitCode: 75, code: "CONNECTION_LOST" });
  expect(failure.message).toMatch(/and it is not recorded as applied; whether it was rolled back is not known\n/);
  expect(failure.message).toContain("  the connection was lost before the answer to: COMMIT\n");
  const alone = await migrateOne(
    async (client) => {
      const answer = client.query(TABLE);
      cut(client).destroy();
      await answer;
    },
    { inTransaction: false },
  );
  expect((await failureOf(alone.calling)).message).toContain(
    "  the connection was lost before the answer to: CREATE TABLE half\n",
  );
});

test("a procedure that commits and then fails stays in part, and what came before it stays", async () => {
  const { url, calling } = await migrateOne(
    async (client) => {
      const body = "BEGIN CREATE TABLE half (id int); COMMIT; PERFORM 1/0; END";
      await client.query(`CREATE PROCEDURE twofold() LANGUAGE plpgsql AS '${body}'`);
      await client.query("CALL twofold()");
    },
    { inTransaction: false },
  );
  const { message } = await failureOf(calling);
  expect(message).toContain("but what it had committed stays\n");
  expect(message).toContain("  committed before it failed: CREATE PROCEDURE\n");
  expect(message).toContain("  a CALL that fails outside a transaction may have committed a part of its work\n");
  expect(await tablesIn(url)).toEqual(["half"]);
});

test("a partition whose detaching fails in its second step is detached in part", async () => {
  const { calling } = await migrateOne(
    async (client) => {
      await client.query("CREATE TABLE half (id int) PARTITION BY LIST (id)");
      await client.query("ALTER TABLE half DETACH PARTITION none CONCURRENTLY");
    },
    { inTransaction: false },
  );
  expect((await failureOf(calling)).message).toContain(
    "  a DETACH PARTITION CONCURRENTLY that fails outside a transaction may have committed a part of its work\n",
  );
});

test("one of Prisma's files that fails half-way says what stays, and that nothing runs until it is resolved", async () => {
  const failing = async (script: string) => {
    const url = await createDatabase();
    const directory = await folderOf({ "1_half/migration.sql": script });
    return failureOf(call(migrations({ engine: prisma({ directory }), databaseUrl: url }).migrate));
  };
  const half = await failing(`${TABLE};\nVACUUM half;\nINSERT INTO half VALUES (1);\nSELECT 1/0;`);
  expect(half.message).toContain("but what it had committed stays\n");
  expect(half.message).toContain("  committed before it failed: CREATE TABLE, INSERT\n");
  expect(half.message).toMatch(/ {2}nothing more runs until this is resolved: Prisma has not finished "1_half"/);
  const nothing = await failing(`VACUUM none;\n${TABLE};`);
  expect(nothing.message).toContain("and it is not recorded as applied\n");
  expect(nothing.message).toContain("  it ran outside a transaction, and had committed nothing before it failed\n");
  expect(nothing.message).not.toContain("resolve");
});

test("the place is right behind characters beyond U+FFFF, and where the same statement is in the file twice", async () => {
  const script = [
    "CREATE TABLE half (id int UNIQUE, name text);",
    "VACUUM;",
    "INSERT INTO half VALUES (10);",
    "INSERT INTO half VALUES (1);",
    "INSERT INTO half VALUES (1);",
  ];
  const placeOf = async (text: string) => {
    const directory = await folderOf({ "1_place/migration.sql": text });
    const { migrate } = migrations({ engine: prisma({ directory }), databaseUrl: await createDatabase() });
    return /migration\.sql:(\d+:\d+)\n(.*\n.*)\n/.exec((await failureOf(call(migrate))).message)?.slice(1);
  };
  expect((await placeOf(script.join("\n")))?.[0]).toBe("5:1");
  expect(await placeOf(`SELECT '🚀🚀';\nSELECT '🚀' AS a,\tnope;`)).toEqual([
    "2:19",
    "    SELECT '🚀' AS a,\tnope;\n                     \t^",
  ]);
});

test.each([
  ["idle_in_transaction_session_timeout", "25P03", "idle-in-transaction timeout"],
  ["transaction_timeout", "25P04", "transaction timeout"],
  ["idle_session_timeout", "57P05", "idle-session timeout"],
] as const)("%s is told with the server's words", async (setting, code, words) => {
  const inTransaction = setting !== "idle_session_timeout";
  const { url, calling } = await migrateOne(
    async (client) => {
      if (inTransaction) await client.query(TABLE);
      await ended(client);
      await client.query("SELECT 1");
    },
    { settings: { [setting]: "200ms" }, inTransaction },
  );
  const failure = await failureOf(calling);
  expect(failure).toMatchObject({ exitCode: 1, code });
  expect(failure.message).toMatch(
    new RegExp(
      `^Migration "1_own" failed: the server ended the connection: terminating connection due to ${words}, and it ${inTransaction ? "was rolled back" : "is not recorded as applied"}\n[^]*  code: ${code}\n`,
    ),
  );
  expect(await tablesIn(url)).toEqual([]);
});

test("a lock that another session holds, a deadlock and a conflict are worth another try while nothing stays; a time limit is not", async () => {
  const raise = (code: string) => `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$`;
  for (const [code, exitCode] of [
    ["55P03", 75],
    ["40P01", 75],
    ["40001", 75],
    ["53300", 75],
    ["57014", 1],
    ["53100", 1],
  ] as const) {
    const { calling } = await migrateOne(async (client) => client.query(raise(code)));
    expect(await failureOf(calling)).toMatchObject({ exitCode, code });
  }
  const half = await migrateOne(
    async (client) => {
      await client.query(TABLE);
      await client.query(raise("40P01"));
    },
    { inTransaction: false },
  );
  expect(await failureOf(half.calling)).toMatchObject({ exitCode: 1, code: "40P01" });
});
