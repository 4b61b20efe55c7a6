// Migrations in SQLite, by Node's own node:sqlite: what each engine does there, what a failed migration leaves, and the lock.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { once } from "node:events";
import path from "node:path";
import { expect, test as anyTest } from "vitest";
import { drizzle, kysely, knex, migrations, umzug, type Engine } from "../../../agent/migrate/index.ts";
import { openSqlite } from "../../../agent/migrate/sqlite/sqlite-connection.ts";
import { Umzug } from "umzug";
import { call, failureOf, valueOf } from "./call.ts";
import { addFile, folderOf } from "./folder.ts";

/** Node has it from 22.16 on. */
const hasDriver = Number(process.versions.node.split(".")[0]) >= 22;
const test = anyTest.skipIf(!hasDriver);

type Statements = readonly (readonly string[])[];

/** Migrations `1`, `2`, … of these statements, as each engine's users write them. */
const WRITTEN: Record<
  string,
  (migrations: Statements) => [engine: (directory: string) => Engine, files: Record<string, string>]
> = {
  umzug: (all) => [
    (directory) =>
      umzug({
        create: ({ client, storage }) =>
          new Umzug({
            migrations: { glob: `${directory}/*.cjs` },
            context: client,
            storage,
            logger: undefined,
          }),
      }),
    Object.fromEntries(
      all.map((statements, index) => [
        `${index + 1}.cjs`,
        `exports.up = async ({ context }) => { for (const sql of ${JSON.stringify(statements)}) context.exec(sql); };
         exports.down = async ({ context }) => context.exec("DROP TABLE t${index + 1}");`,
      ]),
    ),
  ],
  kysely: (all) => [
    (directory) => kysely({ directory }),
    Object.fromEntries(
      all.map((statements, index) => {
        const run = (sql: string): string =>
          `await db.executeQuery({ sql: ${sql}, parameters: [], query: { kind: "RawNode" }, queryId: { queryId: "1" } })`;
        return [
          `${index + 1}.mjs`,
          `export const up = async (db) => { for (const sql of ${JSON.stringify(statements)}) ${run("sql")}; };
           export const down = async (db) => { ${run(`"DROP TABLE t${index + 1}"`)}; };`,
        ];
      }),
    ),
  ],
  drizzle: (all) => [
    (migrationsFolder) => drizzle({ migrationsFolder, dialect: "sqlite" }),
    {
      ...Object.fromEntries(
        all.map((statements, index) => [`${index + 1}.sql`, statements.join("\n--> statement-breakpoint\n")]),
      ),
      "meta/_journal.json": JSON.stringify({
        entries: all.map((_, index) => ({ tag: String(index + 1), when: index + 1 })),
      }),
    },
  ],
};
const TABLES: Statements = [
  ["CREATE TABLE t1 (id int PRIMARY KEY)"],
  ["CREATE TABLE t2 (id int)", "INSERT INTO t2 VALUES (1)"],
];

async function release(engine: string, statements: Statements) {
  const [adapter, files] = WRITTEN[engine]!(statements);
  const directory = await folderOf(files);
  const file = path.join(directory, "shop.db");
  return { file, ...migrations({ engine: adapter(directory), databaseUrl: `sqlite:${file}` }) };
}

async function tablesIn(file: string): Promise<string[]> {
  const connection = await openSqlite(file);
  const rows = await connection.query<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1",
  );
  connection.driver.close();
  return rows.map(({ name }) => name).filter((name) => /^t\d/.test(name));
}

test.each(Object.keys(WRITTEN))("%s applies, shows and rolls back migrations", async (engine) => {
  const { file, migrate, rollback, migrations: status } = await release(engine, TABLES);
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["down", "down"]);
  expect(existsSync(file)).toBe(false); // to ask makes no file
  await valueOf(call(migrate, { step: 1 }));
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "down"]);
  await valueOf(call(migrate));
  expect(await tablesIn(file)).toEqual(["t1", "t2"]);
  const { error } = await call(rollback);
  if (engine === "drizzle") return expect(error).toMatchObject({ code: "UP_ONLY" });
  expect(error).toBeUndefined();
  expect(await tablesIn(file)).toEqual(["t1"]);
});

test.each(Object.keys(WRITTEN))("of three callers of %s at once, one applies each migration", async (engine) => {
  const { file, migrate } = await release(engine, TABLES);
  const reports = await Promise.all([1, 2, 3].map(() => valueOf(call(migrate))));
  expect(reports.flatMap(([report]) => report?.done ?? [])).toHaveLength(2);
  expect(await tablesIn(file)).toEqual(["t1", "t2"]);
});

test.each(Object.keys(WRITTEN))(
  "%s: a migration that fails is rolled back whole, where it has a transaction",
  async (engine) => {
    const statements = [
      "CREATE TABLE t1 (id int PRIMARY KEY)",
      "INSERT INTO t1 VALUES (1)",
      "INSERT INTO t1 VALUES (1)",
    ];
    const { file, migrate } = await release(engine, [statements]);
    const failure = await failureOf(call(migrate));
    expect(failure.exitCode).toBe(1);
    // kysely begins none in SQLite.
    const [state, left] =
      engine === "kysely"
        ? ["and it is not recorded as applied, but what it had committed stays", ["t1"]]
        : ["and it was rolled back", []];
    expect(failure.message.split("\n")[0]).toMatch(/^Migration "1.*" failed: .*UNIQUE constraint failed: t1\.id, /);
    expect(failure.message.split("\n")[0]).toContain(state);
    expect(await tablesIn(file)).toEqual(left);
  },
);

test("a migration that commits itself is not said to be rolled back", async () => {
  const { file, migrate } = await release("umzug", [["CREATE TABLE t1 (id int); COMMIT; BEGIN", "SELECT broken"]]);
  const failure = await failureOf(call(migrate));
  expect(failure.message).toContain("but what it had committed stays");
  expect(failure.message).toContain("committed before it failed: CREATE TABLE");
  expect(await tablesIn(file)).toEqual(["t1"]);
});

test("another process that holds the lock is named, and its end frees the lock", async () => {
  const { file, migrate } = await release("drizzle", TABLES);
  const script = `const { DatabaseSync } = require("node:sqlite");
    const lock = new DatabaseSync(process.argv[1] + "-remsh-lock");
    lock.exec("CREATE TABLE holder (name text); INSERT INTO holder VALUES ('remsh: shop 4711 on web-2'); BEGIN IMMEDIATE");
    console.log("held"); setInterval(() => {}, 1e6);`;
  const holder = spawn(process.execPath, ["-e", script, file], { stdio: ["ignore", "pipe", "ignore"] });
  await once(holder.stdout, "data");
  const failure = await failureOf(call(migrate, { lockTimeout: "0s" }));
  expect(failure).toMatchObject({ exitCode: 75, code: "LOCK_TIMEOUT" });
  expect(failure.message).toMatch(/^Gave up waiting for the migration lock: shop 4711 on web-2, for /);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  await valueOf(call(migrate, { lockTimeout: "0s" }));
});

test("the lock is the same one through each symbolic link to the database", async () => {
  const [adapter, files] = WRITTEN.umzug!([[]]);
  const directory = await folderOf({ ...files, "shared/shop.db": "" });
  const urls = ["1", "2"].map((name) => path.join(directory, "releases", name, "shop.db"));
  for (const file of urls) {
    await mkdir(path.dirname(file), { recursive: true });
    await symlink(path.join(directory, "shared/shop.db"), file);
  }
  const [first, second] = urls.map((file) => migrations({ engine: adapter(directory), databaseUrl: `sqlite:${file}` }));
  const up =
    "exports.up = () => new Promise((done) => { globalThis.endMigration = done; globalThis.begunMigration(); });";
  await addFile(directory, "1.cjs", up);
  const begun = new Promise<void>((resolve) => Object.assign(globalThis, { begunMigration: resolve }));
  const calling = valueOf(call(first!.migrate));
  await begun;
  const failure = await failureOf(call(second!.migrate, { lockTimeout: "0s" }));
  (Reflect.get(globalThis, "endMigration") as () => void)();
  await calling;
  expect(failure).toMatchObject({ exitCode: 75, code: "LOCK_TIMEOUT" });
});

test("a cancelled migration stops before its next statement, and is rolled back", async () => {
  const { file, migrate } = await release("umzug", TABLES);
  const controller = new AbortController();
  const failure = await failureOf(
    call(
      migrate,
      { sql: true },
      {
        signal: controller.signal,
        onPrint: (line) => line.startsWith("INSERT") && controller.abort(new Error("enough")),
      },
    ),
  );
  expect(failure).toMatchObject({ exitCode: 75, code: "CANCELLED" });
  expect(failure.message).toContain("and it was rolled back");
  expect(await tablesIn(file)).toEqual(["t1"]);
});

test("knex, a database in memory, a file of another kind and a wrong PRAGMA are the configuration's fault: exit 78", async () => {
  const { file } = await release("kysely", TABLES);
  const folder = await folderOf({
    "text.db":
      "this is a text of more than a hundred bytes, which SQLite does not take for one of its own files, ever".repeat(
        9,
      ),
  });
  const engine = kysely({ directory: folder });
  const cases = [
    [
      { engine: knex(), databaseUrl: `sqlite:${file}` },
      "it is SQLite, and remsh's engine knex migrates PostgreSQL and MySQL",
    ],
    [{ engine, databaseUrl: "sqlite::memory:" }, "it names no file"],
    [{ engine, databaseUrl: `sqlite:${folder}/100%.db` }, 'a "%" in the name of the file must be written as %25'],
    [{ engine, databaseUrl: `file:${folder}/text.db` }, "file is not a database"],
    [{ engine, databaseUrl: `sqlite:${folder}/none/shop.db` }, "Cannot open the database"],
    [
      {
        engine: kysely({ directory: await folderOf(WRITTEN.kysely!(TABLES)[1]) }),
        databaseUrl: `sqlite:${folder}/a.db`,
        settings: { "a b": "1" },
      },
      'Cannot set "a b" to "1"',
    ],
  ] as const;
  for (const [options, words] of cases) {
    const failure = await failureOf(call(migrations(options).migrate));
    expect(failure.message).toContain(words);
    expect(failure.exitCode).toBe(78);
  }
});
