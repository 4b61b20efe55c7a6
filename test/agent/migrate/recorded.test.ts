// What counts is the engine's table: where it is, which names it can hold, and what it says after each migration.
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { knex, kysely, migrations, nodePgMigrate, type Engine } from "../../../agent/migrate/index.ts";
import { lockKeys } from "../../../agent/migrate/database/lock-keys.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep } from "./engines.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const KNEX =
  "exports.up = (knex) => knex.schema.createTable('users', () => {});\nexports.down = (knex) => knex.schema.dropTable('users');";
const NODE_PG =
  "exports.up = (pgm) => pgm.createTable('users', { id: 'id' });\nexports.down = (pgm) => pgm.dropTable('users');";
const KYSELY = "export const up = async () => {};\nexport const down = async () => {};";

interface Elsewhere {
  name: string;
  file: string;
  adapter: (directory: string) => Engine;
  table: string;
}

const ELSEWHERE: Elsewhere[] = [
  ...[["app"], ["none", "app", "public"]].map((searchPath) => ({
    name: `knex, searchPath ${searchPath.join(", ")}`,
    file: KNEX,
    adapter: (directory: string) => knex({ migrations: { directory }, searchPath }),
    table: "knex_migrations",
  })),
  ...["app", ["app", "public"]].map((schema) => ({
    name: `node-pg-migrate, runner.schema ${String(schema)}`,
    file: NODE_PG,
    adapter: (directory: string) => nodePgMigrate({ directory, runner: { schema } }),
    table: "pgmigrations",
  })),
  {
    name: "node-pg-migrate, runner.migrationsTable",
    file: NODE_PG,
    adapter: (directory) => nodePgMigrate({ directory, runner: { schema: "app", migrationsTable: "done" } }),
    table: "done",
  },
];

describe.each(ELSEWHERE)("$name", ({ file, adapter, table }) => {
  async function release() {
    const url = await createDatabase();
    await query(url, "CREATE SCHEMA app");
    const engine = adapter(await folderOf({ "1_users.cjs": file }));
    return { url, ...migrations({ engine, databaseUrl: url }) };
  }

  test("the table is read where the engine writes it", async () => {
    const { url, migrate, rollback, migrations: status } = await release();
    expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(1);
    expect(await tablesIn(url, "app")).toContain("users");
    expect(await query(url, "SELECT schemaname FROM pg_tables WHERE tablename = $1", [table])).toEqual([
      { schemaname: "app" },
    ]);
    expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
    expect(await valueOf(call(migrate, { check: true }))).toEqual([]);
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up"]);
    expect((await valueOf(call(rollback)))[0]?.done).toHaveLength(1);
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["down"]);
    expect(await tablesIn(url, "app")).not.toContain("users");
  });

  test("and the lock is that table's", async () => {
    const { url, migrate } = await release();
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    onTestFinished(() => holder.end());
    const keys = await lockKeys(holder, { schema: "app", name: table });
    await holder.query("SELECT pg_advisory_lock($1)", [keys.lock]);
    expect(await failureOf(call(migrate, { lockTimeout: "1ms" }))).toMatchObject({ code: "LOCK_TIMEOUT" });
  });

  test("--schema goes before it", async () => {
    const { url, migrate, migrations: status } = await release();
    await query(url, "CREATE SCHEMA tenant");
    await valueOf(call(migrate, { schema: "tenant" }));
    expect(await tablesIn(url, "tenant")).toContain("users");
    expect((await valueOf(call(status)))[0]?.status).toBe("down");
  });
});

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))("%s", (_, engine) => {
  test("keeps its table when a migration makes a schema that comes before it on the search path", async () => {
    const url = await createDatabase();
    const schema = { id: "2_schema", up: "CREATE SCHEMA postgres", down: "DROP SCHEMA postgres CASCADE" }; // as the role is called
    const steps = [tableStep(1, "users"), schema, tableStep(3, "items")];
    const { migrate } = migrations({ engine: engine.adapter(await folderOf(engine.files(steps))), databaseUrl: url });
    expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(3);
    expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(await tablesIn(url, "postgres")).toEqual(["items"]);
  });
});

test.each([
  {
    name: "1_n",
    files: { "1_n.sql": "CREATE TABLE sql ();", "1_n.cjs": NODE_PG },
    adapter: (directory: string) => nodePgMigrate({ directory }),
  },
  {
    name: "1_a",
    files: { "1_a.ts": KYSELY, "1_a.js": KYSELY },
    adapter: (directory: string) => kysely({ directory }),
  },
])("two files for $name are refused before anything runs", async ({ name, files, adapter }) => {
  const url = await createDatabase();
  const directory = await folderOf(files);
  const { migrate, rollback, migrations: status } = migrations({ engine: adapter(directory), databaseUrl: url });
  for (const calling of [
    call(migrate),
    call(migrate, { check: true }),
    call(migrate, { dryRun: true }),
    call(rollback),
  ]) {
    const failure = await failureOf(calling);
    expect(failure).toMatchObject({ exitCode: 1, code: "BLOCKED" });
    expect(failure.message).toContain(`: there is more than one file for "${name}": `);
    for (const file of Object.keys(files)) expect(failure.message).toContain(file);
  }
  expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["down", "down"]);
  expect(await query(url, "SELECT FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

test("an engine that does not fail, but does not record either, has not migrated: exit 1, and the report says so", async () => {
  const url = await createDatabase();
  const applied = ["1_users"];
  const engine: Engine = {
    name: "absent-minded",
    table: () => ({ schema: "public", name: "done" }),
    read: async () => ({
      files: ["1_users", "2_orders", "3_items"].map((name) => ({ name, path: undefined })),
      applied,
    }),
    apply: async ({ name }) => void (name === "2_orders" && applied.push(name)),
  };
  const { migrate, rollback } = migrations({ engine, databaseUrl: url });
  const up = await failureOf(call(migrate));
  expect(up).toMatchObject({
    exitCode: 1,
    code: "NOT_RECORDED",
    reports: [{ done: [{ name: "2_orders" }], notDone: ["3_items"] }],
  });
  expect(up.message).toBe(
    'Migration "3_items" failed: absent-minded reports no error, but has not recorded it as applied\n' +
      "Done: 2_orders\nNot done: 3_items",
  );
  expect((await failureOf(call(rollback))).message).toBe(
    'Migration "2_orders" failed: absent-minded reports no error, but has not recorded it as rolled back\n' +
      "Done: nothing\nNot done: 2_orders",
  );
});
