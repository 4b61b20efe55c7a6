// One migration under two names, and what the engine's table has but the folder has not: never run twice, never passed over.
import type { Knex } from "knex";
import { describe, expect, test } from "vitest";
import { Umzug } from "umzug";
import { knex, kysely, migrations, nodePgMigrate, umzug, type Engine } from "../../../agent/migrate/index.ts";
import { couldBeRenamed, matchRecords, stemOf } from "../../../agent/migrate/plan/match-records.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";

test("a name's stem is what a compiler leaves of it", () => {
  const names = ["1_a.ts", "1_a.mjs", "1_a.cts", "1_a.sql", "1_a", "v1.2_a.js", "1_a.d.ts", "1_a.up.sql"];
  expect(names.map(stemOf)).toEqual(["1_a", "1_a", "1_a", "1_a", "1_a", "v1.2_a", "1_a.d", "1_a.up"]);
});

test("a recorded name is its own file's before it is another's", () => {
  expect([...matchRecords(["1_a.js", "2_b.js"], ["1_a.ts", "2_b.js", "2_b.ts", "3_c.ts"])]).toEqual([
    ["1_a.js", ["1_a.ts"]],
    ["2_b.js", ["2_b.js", "2_b.ts"]],
  ]);
});

test("a name with the same number or the same words may be the same migration", () => {
  const pairs = [
    ["2_to_cents", "2_euros_to_cents"],
    ["2_items", "3_items.ts"],
    ["2_items", "3_orders"],
    ["users", "orders"],
    ["20240101", "20240102"],
    ["AddUsers1700000000001", "AddUsers1700000000002"],
    ["Migration20240101000000", "Migration20240102000000"],
  ] as const;
  expect(pairs.map(([one, other]) => couldBeRenamed(one, other))).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
});

const NODE_PG = (name: string) =>
  `exports.up = (pgm) => pgm.createTable("${name}", {});\nexports.down = (pgm) => pgm.dropTable("${name}");`;
const KNEX = (name: string) =>
  `module.exports = { up: (knex) => knex.schema.createTable("${name}", () => {}), down: (knex) => knex.schema.dropTable("${name}") };`;
const UMZUG = (name: string) =>
  `exports.up = ({ context }) => context.query('CREATE TABLE ${name} ()');\nexports.down = ({ context }) => context.query('DROP TABLE ${name}');`;
const KYSELY = (name: string) => `export const up = (db) => db.schema.createTable("${name}").execute();
export const down = (db) => db.schema.dropTable("${name}").execute();`;

interface Renaming {
  name: string;
  /** How the engine's table is named, and the column of its names. */
  table: string;
  text: (name: string) => string;
  extension: string;
  adapter: (directory: string) => Engine;
}

const RENAMING: Renaming[] = [
  {
    name: "knex",
    table: "knex_migrations",
    text: KNEX,
    extension: ".js",
    adapter: (directory) => knex({ migrations: { directory } }),
  },
  {
    name: "umzug",
    table: '"SequelizeMeta"',
    text: UMZUG,
    extension: ".cjs",
    adapter: (directory) =>
      umzug({
        create: ({ client, storage }) =>
          new Umzug({ migrations: { glob: `${directory}/*.{cjs,cts}` }, context: client, storage, logger: undefined }),
      }),
  },
  {
    name: "kysely",
    table: "kysely_migration",
    text: KYSELY,
    extension: ".mjs",
    adapter: (directory) => kysely({ directory }),
  },
];

describe.each(RENAMING)("$name", ({ table, text, extension, adapter }) => {
  test("what is recorded with another extension is not run again, and can be rolled back", async () => {
    const url = await createDatabase();
    const directory = await folderOf({
      [`1_users${extension}`]: text("users"),
      [`2_orders${extension}`]: text("orders"),
    });
    const { migrate, rollback, migrations: status } = migrations({ engine: adapter(directory), databaseUrl: url });
    await valueOf(call(migrate));
    await query(url, `UPDATE ${table} SET name = regexp_replace(name, '^(\\d_[a-z]+).*', '\\1.ts')`);
    await addFile(directory, `3_items${extension}`, text("items"));
    const rows = await valueOf(call(status));
    expect(rows.map(({ status, missing }) => [status, missing])).toEqual([
      ["up", false],
      ["up", false],
      ["down", false],
    ]);
    expect(status.format?.(rows as never)).toMatch(/^up +1_users\S*  \(recorded as 1_users\.ts\)$/m);
    expect(await call(migrate)).toMatchObject({
      value: [{ done: [{ name: expect.stringMatching(/^3_items/) as string }] }],
    });
    expect((await valueOf(call(rollback, { to: "2_orders.ts" })))[0]?.done).toHaveLength(2);
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(await query(url, `SELECT name FROM ${table}`)).toEqual([{ name: "1_users.ts" }]);
    expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(2);
  });
});

test("a migration and its compiled copy in one folder are refused, and both are named", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "1_users.js": KNEX("users"), "1_users.ts": KNEX("users") });
  const { migrate } = migrations({ engine: knex({ migrations: { directory } }), databaseUrl: url });
  const refused = async () => {
    const failure = await failureOf(call(migrate));
    expect(failure).toMatchObject({ code: "BLOCKED", exitCode: 1 });
    expect(failure.message).toMatch(
      /^Cannot migrate: there is more than one file for "1_users": \S+1_users\.js, \S+1_users\.ts; /,
    );
  };
  await refused();
  const engine = knex({ migrations: { directory, loadExtensions: [".js"] } });
  await valueOf(call(migrations({ engine, databaseUrl: url }).migrate));
  await refused();
  // Where each has been applied as a migration of its own there is nothing that could run again.
  await query(url, "INSERT INTO knex_migrations (name, batch) VALUES ('1_users.ts', 1)");
  expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
});

test("a migration that is recorded with two extensions is applied, and rolled back only when one record is gone", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "1_users.js": KNEX("users") });
  const { migrate, rollback } = migrations({ engine: knex({ migrations: { directory } }), databaseUrl: url });
  await valueOf(call(migrate));
  await query(url, "INSERT INTO knex_migrations (name, batch) VALUES ('1_users.ts', 1)");
  expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
  expect(await failureOf(call(rollback))).toMatchObject({
    code: "RECORDED_TWICE",
    message: expect.stringContaining('it is recorded as "1_users.js" and "1_users.ts"') as string,
  });
});

test("a source of the user's own is asked for a migration that has another extension in knex's table", async () => {
  const url = await createDatabase();
  const source = (names: readonly string[], down: boolean) => ({
    getMigrations: async () => [...names],
    getMigrationName: (name: string) => name,
    getMigration: async (name: string) => ({
      up: (db: Knex) => db.schema.createTable(`t${name[0]}`, () => {}),
      ...(down && { down: (db: Knex) => db.schema.dropTable(`t${name[0]}`) }),
    }),
  });
  const at = (migrationSource: ReturnType<typeof source>) =>
    migrations({ engine: knex({ migrations: { migrationSource } }), databaseUrl: url });
  await valueOf(call(at(source(["1_a.ts", "2_b.ts"], true)).migrate));
  const built = ["1_a.js", "2_b.js"];
  expect(await failureOf(call(at(source(built, false)).rollback))).toMatchObject({ code: "NO_DOWN" });
  expect((await valueOf(call(at(source(built, true)).rollback)))[0]?.done).toHaveLength(1);
  expect(await tablesIn(url)).toEqual(["t1"]);
});

test("node-pg-migrate records no extension: where somebody's table has one, it is known, and rolled back after a rename", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "1_users.cjs": NODE_PG("users") });
  const { migrate, rollback } = migrations({ engine: nodePgMigrate({ directory }), databaseUrl: url });
  await valueOf(call(migrate));
  await query(url, "UPDATE pgmigrations SET name = '1_users.ts'");
  expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
  expect((await failureOf(call(rollback))).message).toContain('rename its record to "1_users"');
  expect(await tablesIn(url)).toEqual(["users"]);
});

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))("%s", (name, engine) => {
  async function release(ids: readonly [number, string][]) {
    const url = await createDatabase();
    const steps = ids.map(([number, table]) => tableStep(number, table));
    const directory = await folderOf(engine.files(steps));
    const at = (folder: string) => migrations({ engine: engine.adapter(folder), databaseUrl: url });
    await valueOf(call(at(directory).migrate));
    return {
      url,
      at,
      folder: (next: readonly [number, string][]) => folderOf(engine.files(next.map((one) => tableStep(...one)))),
    };
  }

  test("an applied migration whose file is gone is a warning beside a pending one, and refused when strict", async () => {
    const { url, at, folder } = await release([
      [1, "users"],
      [2, "gone"],
    ]);
    const behind = at(await folder([[1, "users"]]));
    expect((await call(behind.migrate, { strict: true })).printed).toEqual([]); // an older version of the app: nothing is pending
    const { migrate } = at(
      await folder([
        [1, "users"],
        [3, "items"],
      ]),
    );
    for (const args of [{ strict: true }, { strict: true, check: true }, { strict: true, dryRun: true }])
      expect(await failureOf(call(migrate, args))).toMatchObject({ exitCode: 1, code: "FILE_NOT_FOUND" });
    const { value, printed } = await call(migrate);
    expect(printed[0]).toMatch(/^warning: .* is applied, but its file is gone$/);
    expect(value?.[0]?.done).toHaveLength(1);
    expect(await tablesIn(url)).toEqual(["gone", "items", "users"]);
  });

  test("a migration that was renamed after it was applied does not run again: refused", async () => {
    const { at, folder } = await release([
      [1, "users"],
      [2, "orders"],
    ]);
    const { migrate } = at(
      await folder([
        [1, "users"],
        [3, "orders"],
      ]),
    );
    const failure = await failureOf(call(migrate));
    expect(failure).toMatchObject({
      exitCode: 1,
      code: name === "drizzle" || name === "prisma" ? "BLOCKED" : "RENAMED",
    });
    expect(failure.message).toContain("3_orders");
  });
});

test.each(["prisma", "drizzle"])(
  "%s: a file that was edited is a warning, refused when strict; other line ends are no edit",
  async (name) => {
    const engine = ENGINES.find((one) => one.name === name);
    if (!engine) throw new Error(name);
    const url = await createDatabase();
    const step = { id: "1_users", up: "CREATE TABLE users (\nid int);\n", down: "" };
    const files = engine.files([step]);
    const directory = await folderOf(files);
    const { migrate } = migrations({ engine: engine.adapter(directory), databaseUrl: url });
    await valueOf(call(migrate));
    const write = async (up: string) => {
      for (const [file, text] of Object.entries(engine.files([{ ...step, up }]))) await addFile(directory, file, text);
    };
    await write(step.up.replaceAll("\n", "\r\n"));
    expect((await call(migrate, { strict: true })).printed).toEqual([]);
    await write(`${step.up}-- edited`);
    expect((await call(migrate)).printed).toEqual(['warning: "1_users" was edited after it was applied']);
    expect(await failureOf(call(migrate, { strict: true }))).toMatchObject({ exitCode: 1, code: "EDITED" });
  },
);
