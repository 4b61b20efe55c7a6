// Migrations in MySQL's kind of database, on a real MariaDB: what each engine does there, and what a failed migration leaves.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import {
  drizzle,
  knex,
  kysely,
  migrations,
  nodePgMigrate,
  prisma,
  umzug,
  type Engine,
} from "../../../agent/migrate/index.ts";
import { createMariadb, queryMariadb, tablesInMariadb } from "../../mariadb.ts";
import { needing } from "../../needing.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep, type EngineCase, type Step } from "./engines.ts";
import { addFile, folderOf } from "./folder.ts";

const { test } = needing("mariadbd");

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const USERS = tableStep(1, "users");
const ORDERS = tableStep(2, "orders");
const SPEAKERS = ENGINES.filter(({ name }) => ["knex", "umzug", "kysely", "drizzle"].includes(name));

async function release(engine: EngineCase, steps: readonly Step[]) {
  const url = await createMariadb();
  const directory = await folderOf(engine.files(steps));
  return { url, directory, ...migrations({ engine: engine.adapter(directory), databaseUrl: url }) };
}

test.each(SPEAKERS)("$name applies, shows and rolls back migrations", async (engine) => {
  const { url, directory, migrate, rollback, migrations: status } = await release(engine, [USERS, ORDERS]);
  await valueOf(call(migrate, { step: 1 }));
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "down"]);
  await valueOf(call(migrate));
  expect(await tablesInMariadb(url)).toEqual(["orders", "users"]);
  const { error } = await call(rollback);
  if (engine.name === "drizzle") return expect(error).toMatchObject({ code: "UP_ONLY" });
  expect(error).toBeUndefined();
  expect(await tablesInMariadb(url)).toEqual(["users"]);
  await valueOf(call(migrate));
  for (const [file, text] of Object.entries(engine.files([USERS, ORDERS, tableStep(3, "items")])))
    await addFile(directory, file, text);
  const [report] = await valueOf(call(migrate, { dryRun: true }));
  expect(report?.notDone).toEqual([engine.recorded(tableStep(3, "items"))]);
});

test.each(SPEAKERS)("of three callers of $name at once, one applies each migration", async (engine) => {
  const { url, migrate } = await release(engine, [USERS, ORDERS]);
  const reports = await Promise.all([1, 2, 3].map(() => valueOf(call(migrate))));
  const done = reports.flatMap(([report]) => report?.done.map(({ name }) => name) ?? []);
  expect(done).toEqual([USERS, ORDERS].map((step) => engine.recorded(step)));
  expect(await tablesInMariadb(url)).toEqual(["orders", "users"]);
});

/** A migration of several statements, as each engine's users write it. */
const SEVERAL: Record<
  string,
  (statements: readonly string[]) => [engine: (directory: string) => Engine, files: Record<string, string>]
> = {
  knex: (statements) => [
    (directory) => knex({ client: "mysql2", migrations: { directory } }),
    {
      "1_a.js": `exports.up = async (knex) => { for (const sql of ${JSON.stringify(statements)}) await knex.raw(sql); };\nexports.down = () => {};`,
    },
  ],
  umzug: (statements) => [
    (directory) => ENGINES.find(({ name }) => name === "umzug")?.adapter(directory) ?? umzug({} as never),
    {
      "1_a.cjs": `exports.up = async ({ context }) => { for (const sql of ${JSON.stringify(statements)}) await context.query(sql); };`,
    },
  ],
  kysely: (statements) => [
    (directory) => kysely({ directory }),
    {
      "1_a.mjs": `export const up = async (db) => { for (const sql of ${JSON.stringify(statements)})
        await db.executeQuery({ sql, parameters: [], query: { kind: "RawNode" }, queryId: { queryId: "1" } }); };`,
    },
  ],
  drizzle: (statements) => [
    (migrationsFolder) => drizzle({ migrationsFolder, dialect: "mysql" }),
    {
      "1_a.sql": statements.join("\n--> statement-breakpoint\n"),
      "meta/_journal.json": '{"entries":[{"tag":"1_a","when":1}]}',
    },
  ],
};

/** Runs a migration of these statements, which fails, in a database with a table of one column `id`. */
async function failing(engine: string, statements: readonly string[]) {
  const url = await createMariadb();
  await queryMariadb(url, "CREATE TABLE t (id int PRIMARY KEY)");
  await queryMariadb(url, "CREATE TABLE m (id int) ENGINE=MyISAM");
  const [adapter, files] = SEVERAL[engine]!(statements);
  const { migrate } = migrations({ engine: adapter(await folderOf(files)), databaseUrl: url });
  const failure = await failureOf(call(migrate));
  const rows = await queryMariadb<{ id: number }>(url, "SELECT id FROM t ORDER BY id");
  return { url, failure, rows: rows.map(({ id }) => id) };
}

test.each(Object.keys(SEVERAL))("%s: a migration that fails half-way is not said to be rolled back", async (engine) => {
  const statements = ["INSERT INTO t VALUES (1)", "CREATE TABLE half (id int)", "INSERT INTO t VALUES (1)"];
  const { url, failure, rows } = await failing(engine, statements);
  expect(failure).toMatchObject({ exitCode: 1, code: "ER_DUP_ENTRY" });
  expect(failure.message).toMatch(
    /^Migration "1_a.*" failed: .*Duplicate entry '1' for key 'PRIMARY', and it is not recorded as applied, but what it had committed stays$/m,
  );
  expect(failure.message).toContain("  committed before it failed: INSERT, CREATE TABLE\n");
  expect(failure.message).not.toContain("rolled back");
  expect(await tablesInMariadb(url)).toEqual(["half", "m", "t"]);
  expect(rows).toEqual([1]);
});

test.each(Object.keys(SEVERAL))(
  "%s: rows alone are rolled back, where the engine has a transaction",
  async (engine) => {
    const { failure, rows } = await failing(engine, ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"]);
    // kysely begins none in MySQL.
    const [state, left] =
      engine === "kysely" ? ["but what it had committed stays", [1]] : ["and it was rolled back", []];
    expect(failure.message.split("\n")[0]).toContain(state);
    expect(rows).toEqual(left);
  },
);

test.each([
  {
    fact: "an ALTER TABLE that fails has committed what came before",
    statements: ["INSERT INTO t VALUES (1)", "ALTER TABLE t ADD id int"],
    left: [1],
    sentence: "committed before it failed: INSERT",
  },
  {
    fact: "a statement that the server cannot read has not",
    statements: ["INSERT INTO t VALUES (1)", "ALTER TABEL t"],
    left: [],
    sentence: "and it was rolled back",
  },
  {
    fact: "a DROP of two tables may be done in part",
    statements: ["DROP TABLE m, none"],
    left: [],
    sentence: "a DROP TABLE that fails outside a transaction may have committed a part of its work",
  },
  {
    fact: "a table of MyISAM keeps its rows",
    statements: ["INSERT INTO m VALUES (1)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"],
    left: [],
    sentence: "the rows in tables without transactions, such as those of MyISAM, stay",
  },
])("$fact", async ({ statements, left, sentence }) => {
  const { failure, rows } = await failing("knex", statements);
  expect(failure.message).toContain(sentence);
  expect(rows).toEqual(left);
});

test.each([nodePgMigrate(), prisma()])("$name migrates PostgreSQL alone: exit 78", async (engine) => {
  const { migrate, migrations: status } = migrations({ engine, databaseUrl: "mysql://u:cret@127.0.0.1:1/db" });
  for (const failure of [await failureOf(call(migrate)), await failureOf(call(status))]) {
    expect(failure).toMatchObject({ exitCode: 78, code: "OTHER_DATABASE" });
    expect(failure.message).toBe(
      `Cannot migrate 127.0.0.1:1/db: it is MySQL, and remsh's engine ${engine.name} migrates PostgreSQL`,
    );
  }
});

test("a schema is refused, and settings are MySQL's own", async () => {
  const url = await createMariadb();
  const read = {
    "1_a.js":
      'exports.up = (knex) => knex.raw("CREATE TABLE t AS SELECT @@lock_wait_timeout AS seconds"); exports.down = () => {};',
  };
  const engine = knex({ migrations: { directory: await folderOf(read) } });
  const wrong = migrations({ engine, databaseUrl: url, settings: { lock_wait_timeot: "5" } });
  expect(await failureOf(call(wrong.migrate, { schema: "other" }))).toMatchObject({
    exitCode: 65,
    message: 'Cannot use the schema "other": in MySQL a schema is a database of its own (name it in the address)',
  });
  const failure = await failureOf(call(wrong.migrate));
  expect(failure).toMatchObject({ exitCode: 78 });
  expect(failure.message).toContain('Cannot set "lock_wait_timeot" to "5" in the database: Unknown system variable');
  const right = migrations({ engine, databaseUrl: url, settings: { lock_wait_timeout: "5" } });
  await valueOf(call(right.migrate));
  expect(await queryMariadb(url, "SELECT seconds FROM t")).toEqual([{ seconds: 5 }]);
});

test("what another try cannot mend is the configuration's fault, and a server that is gone is worth one", async () => {
  const url = await createMariadb();
  const engine = knex({ migrations: { directory: await folderOf({}) } });
  const changed = (change: (address: URL) => void): string => {
    const address = new URL(url);
    change(address);
    return address.href;
  };
  const cases = [
    [changed((address) => (address.pathname = "/none")), 78, "Unknown database 'none'"],
    [changed((address) => (address.username = "nobody")), 78, "Access denied for user 'nobody'"],
    [changed((address) => (address.search = "?ssl-mode=REQUIRED")), 78, "Server does not support secure connection"],
    [changed((address) => (address.search = "?ssl-mode=SOME")), 78, 'Cannot use sslmode "SOME"'],
    [changed((address) => (address.pathname = "")), 78, "it names no database"],
    ["mysql://u:se/cret@127.0.0.1:1/db", 78, "it must be like mysql://user@host:3306/database"],
    [changed((address) => (address.port = "1")), 75, "ECONNREFUSED"],
  ] as const;
  for (const [databaseUrl, exitCode, words] of cases) {
    const failure = await failureOf(call(migrations({ engine, databaseUrl }).migrations));
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("cret");
    expect(failure.exitCode).toBe(exitCode);
  }
});

test("the report in docs/migrations.md is what a real process prints", async () => {
  const url = await createMariadb();
  await queryMariadb(url, "CREATE TABLE rates (id int PRIMARY KEY)");
  const folder = await folderOf({
    "package.json": '{ "name": "shop", "remsh": { "tasks": "./release.mjs" } }',
    "release.mjs": `import { knex, migrations } from "remsh/migrate";
      export const Release = migrations({
        engine: knex({ client: "mysql2", migrations: { directory: "./migrations" } }),
        databaseUrl: () => process.env.DATABASE_URL,
      });`,
    "migrations/20240304_discounts.js": `exports.up = async (knex) => {
  await knex.raw("INSERT INTO rates VALUES (1)");
  await knex.raw("CREATE TABLE discounts (id int)");
  await knex.raw("INSERT INTO rates VALUES (1)");
};
exports.down = () => {};`,
  });
  await mkdir(path.join(folder, "node_modules"));
  await symlink(ROOT, path.join(folder, "node_modules/remsh"));
  const args = [path.join(ROOT, "dist/remsh.cjs"), "eval", "Release.migrate"];
  const options = { cwd: folder, env: { ...process.env, DATABASE_URL: url }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  const document = await readFile(path.join(ROOT, "docs/migrations.md"), "utf8");
  const shown = /^### MySQL[^]*?\$ shop rpc Release\.migrate; echo \$\?\n([^]*?)1\n```/m.exec(document)?.[1];
  expect(stdout + stderr).toBe(shown);
  expect(status).toBe(1);
});
