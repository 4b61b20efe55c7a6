// A rollback that comes to a migration without a down is refused before its first step, whatever the engine would make of it.
import { Umzug } from "umzug";
import { expect, test } from "vitest";
import { knex, kysely, migrations, nodePgMigrate, umzug, type Engine } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

interface Irreversible {
  what: string;
  engine: (directory: string) => Engine;
  /** The first has no down, the second has one. */
  files: Record<string, string>;
  table: string;
}

const pgm = (directory: string) => nodePgMigrate({ directory });
const asDocumented = (directory: string) =>
  umzug({
    create: ({ client, storage }) =>
      new Umzug({ migrations: { glob: `${directory}/*.mjs` }, context: client, storage, logger: undefined }),
  });
const SQL = { "2_b.sql": "-- Up Migration\nCREATE TABLE b ();\n-- Down Migration\nDROP TABLE b;" };
const PGM = {
  "2_b.cjs": "exports.up = (pgm) => pgm.createTable('b', {});",
};
const KYSELY = {
  "2_b.mjs": `export const up = (db) => db.schema.createTable("b").execute();
export const down = (db) => db.schema.dropTable("b").execute();`,
};
const UMZUG = {
  "2_b.mjs": `export const up = ({ context }) => context.query("CREATE TABLE b ()");
export const down = ({ context }) => context.query("DROP TABLE b");`,
};

const IRREVERSIBLE: Irreversible[] = [
  {
    what: "node-pg-migrate, SQL without a section for it",
    engine: pgm,
    files: { "1_a.sql": "CREATE TABLE a ();", ...SQL },
    table: "pgmigrations",
  },
  {
    what: "node-pg-migrate, SQL with the template's empty section",
    engine: pgm,
    files: { "1_a.sql": "-- Up Migration\nCREATE TABLE a ();\n-- Down Migration\n-- nothing; yet\n", ...SQL },
    table: "pgmigrations",
  },
  {
    what: "node-pg-migrate, SQL pairs of which one is missing",
    engine: (directory) => nodePgMigrate({ directory, sqlPairs: true }),
    files: {
      "1_a.up.sql": "CREATE TABLE a ();",
      "2_b.up.sql": "CREATE TABLE b ();",
      "2_b.down.sql": "DROP TABLE b;",
    },
    table: "pgmigrations",
  },
  {
    what: "node-pg-migrate, down = false",
    engine: pgm,
    files: { "1_a.cjs": "exports.up = (pgm) => pgm.createTable('a', {});\nexports.down = false;", ...PGM },
    table: "pgmigrations",
  },
  {
    what: "node-pg-migrate, an up that queries by itself and would run again",
    engine: pgm,
    files: { "1_a.cjs": "exports.up = (pgm) => pgm.db.query('CREATE TABLE IF NOT EXISTS a ()');", ...PGM },
    table: "pgmigrations",
  },
  {
    what: "umzug, as documented",
    engine: asDocumented,
    files: { "1_a.mjs": 'export const up = ({ context }) => context.query("CREATE TABLE a ()");', ...UMZUG },
    table: '"SequelizeMeta"',
  },
  {
    what: "umzug, default export",
    engine: asDocumented,
    files: {
      "1_a.mjs":
        'const up = ({ context }) => context.query("CREATE TABLE a ()");\nexport { up };\nexport default { up };',
      ...UMZUG,
    },
    table: '"SequelizeMeta"',
  },
  {
    what: "umzug, a list",
    engine: () =>
      umzug({
        create: ({ client, storage }) =>
          new Umzug({
            migrations: [
              { name: "1_a", up: () => client.query("CREATE TABLE a ()") },
              { name: "2_b", up: () => client.query("CREATE TABLE b ()"), down: () => client.query("DROP TABLE b") },
            ],
            context: client,
            storage,
            logger: undefined,
          }),
      }),
    files: {},
    table: '"SequelizeMeta"',
  },
  {
    what: "kysely",
    engine: (directory) => kysely({ directory }),
    files: { "1_a.mjs": 'export const up = (db) => db.schema.createTable("a").execute();', ...KYSELY },
    table: "kysely_migration",
  },
];

test.each(IRREVERSIBLE)("$what: no step of the rollback runs", async ({ engine, files, table }) => {
  const url = await createDatabase();
  const { migrate, rollback } = migrations({ engine: engine(await folderOf(files)), databaseUrl: url });
  await valueOf(call(migrate));
  for (const args of [{ step: 2 }, { to: "1" }, { step: 2, dryRun: true }]) {
    const failure = await failureOf(call(rollback, args));
    expect(failure).toMatchObject({ exitCode: 1, code: "NO_DOWN" });
    expect(failure.message).toMatch(
      /^Cannot roll back "1_a\S*": it has no down.* \(write one, or undo the change by a new migration\)$/,
    );
  }
  expect(await tablesIn(url)).toEqual(["a", "b"]);
  expect(await query(url, `SELECT FROM ${table}`)).toHaveLength(2);
  await valueOf(call(rollback));
  expect(await failureOf(call(rollback))).toMatchObject({ code: "NO_DOWN" });
  expect(await tablesIn(url)).toEqual(["a"]);
});

test("a knex migration that has lost its down since is refused, and one whose down does nothing is told of", async () => {
  const url = await createDatabase();
  const up = "exports.up = (knex) => knex.schema.createTable('a', () => {});";
  const roll = async (text: string) => {
    const directory = await folderOf({ "1_a.cjs": text });
    return migrations({ engine: knex({ migrations: { directory } }), databaseUrl: url });
  };
  const empty = await roll(`${up}\nexports.down = async () => {};`);
  await valueOf(call(empty.migrate));
  expect(await failureOf(call((await roll(up)).rollback))).toMatchObject({ code: "NO_DOWN" });
  expect(await query(url, "SELECT FROM knex_migrations")).toHaveLength(1);
  const { value, printed } = await call(empty.rollback);
  expect(value?.[0]?.done).toHaveLength(1);
  expect(printed).toContain('warning: the down of "1_a.cjs" changed nothing that remsh can see');
});

test.each([
  ["as an option", (loaders: object[]) => ({ migrationLoaderStrategies: loaders })],
  ["among those of the runner", (loaders: object[]) => ({ runner: { migrationLoaderStrategies: loaders } })],
])("a file that loaders of the user's own read, given %s, needs no down section", async (_where, options) => {
  const directory = await folderOf({ "1_a.sql": "CREATE TABLE a ();" });
  const engine = nodePgMigrate({ directory, ...options([{ extensions: [".sql"], loader: () => ({}) }]) });
  const file = { name: "1_a", path: `${directory}/1_a.sql` };
  await expect(engine.check?.(file, "down")).resolves.toBe(undefined);
  await expect(pgm(directory).check?.(file, "down")).rejects.toMatchObject({ code: "NO_DOWN" });
});
