// The options of `migrations()` and of each engine: used, or refused by name.
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CamelCasePlugin, sql, type Kysely } from "kysely";
import { Umzug } from "umzug";
import * as engines from "../../../agent/migrate/index.ts";
import { TaskFailure, type Task } from "../../../agent/tasks/task.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const { command, drizzle, knex, kysely, migrations, mikroOrm, nodePgMigrate, prisma, sequelize, typeorm, umzug } =
  engines;
const databaseUrl = "postgres://127.0.0.1/none";
/** As JavaScript would, which no compiler stops. */
const from = (make: (options: never) => unknown, options: unknown) => () => make(options as never);
const engine = prisma();

test.each<[make: () => unknown, sentence: string]>([
  [
    from(migrations, { engine, databseUrl: "x" }),
    'option "databseUrl" of migrations(): there is none of that name (did you mean "databaseUrl"?)',
  ],
  [
    from(migrations, { repos: { main: { engine, scheme: "x" } } }),
    'option "scheme" of the repo "main" of migrations(): there is none of that name (did you mean "schema"?)',
  ],
  [from(migrations, { repos: {}, engine }), 'option "engine" of migrations(): each of the "repos" has its own'],
  [from(migrations, { databaseUrl }), 'option "engine" of migrations(): it must be one of nodePgMigrate(), '],
  [
    from(migrations, { engine, databaseUrl: 5432 }),
    'option "databaseUrl" of migrations(): it must be a connection string',
  ],
  [from(migrations, "prisma"), "the options of migrations(): they must be an object"],
  [
    from(nodePgMigrate, { dirctory: "m" }),
    'option "dirctory" of nodePgMigrate(): there is none of that name (did you mean "directory"?)',
  ],
  [from(nodePgMigrate, { "use-glob": true }), 'option "useGlob" of nodePgMigrate(): remsh reads one folder'],
  [
    from(nodePgMigrate, { decamelize: true, "migrations-table": "pgMigrations" }),
    'option "migrationsTable" of nodePgMigrate(): with "decamelize" node-pg-migrate does not find "pgMigrations" again (give it in lower case)',
  ],
  [
    from(nodePgMigrate, { runner: { fake: true } }),
    'option "fake" of nodePgMigrate(): remsh records only what it has run',
  ],
  [
    from(knex, { development: {}, production: {} }),
    'option "development" of knex(): it is an environment of a knexfile',
  ],
  [from(knex, { client: "mssql" }), 'option "client" of knex(): "mssql" is no database that remsh migrates'],
  [
    from(knex, { migrations: { directry: "m" } }),
    'option "directry" of the "migrations" of knex(): there is none of that name (did you mean "directory"?)',
  ],
  [from(kysely, { db: {} }), 'option "db" of kysely(): remsh connects by itself'],
  [from(kysely, { folder: "m" }), 'option "folder" of kysely(): there is none of that name'],
  [from(drizzle, { dialect: "gel" }), 'option "dialect" of drizzle(): "gel" is no database that remsh migrates'],
  [from(drizzle, { migrationFolder: "m" }), '(did you mean "migrationsFolder"?)'],
  [from(umzug, { migrations: [] }), 'option "migrations" of umzug(): it is Umzug\'s'],
  [from(umzug, {}), 'Cannot use umzug(): "create" is no function'],
  [
    from(sequelize, { development: {}, production: {} }),
    'option "development" of sequelize(): it is an environment of a config file',
  ],
  [from(sequelize, { dialect: "mysql" }), 'option "dialect" of sequelize(): "mysql" is not PostgreSQL'],
  [from(sequelize, { migrationStorage: "json" }), 'option "migrationStorage" of sequelize(): with "json" the database'],
  [from(sequelize, { dir: "m" }), 'option "dir" of sequelize(): there is none of that name'],
  [from(typeorm, {}), 'option "dataSource" of typeorm(): it must be TypeORM\'s DataSource, or its options'],
  [from(typeorm, { dataSource: { type: "mysql" } }), 'option "dataSource" of typeorm(): its type is "mysql"'],
  [from(typeorm, { dataSource: { type: "postgres" } }), 'option "dataSource" of typeorm(): it names no "migrations"'],
  [from(mikroOrm, { config: Promise.resolve({}) }), 'option "config" of mikroOrm(): it must be MikroORM\'s options'],
  [
    from(mikroOrm, { config: { driver: class MySqlDriver {} } }),
    'option "config" of mikroOrm(): its driver is MySqlDriver, and not PostgreSqlDriver',
  ],
  [from(command, ""), "Cannot use command(): its first argument is no command"],
  [from((options) => command("true", options), { pending: /x/ }), '"pending" of command(): there is no output to look'],
  [from((options) => command("true", options), { stauts: "x" }), '(did you mean "status"?)'],
  [
    from(migrations, { engine: command("true"), lock: false, schema: "app" }),
    'option "schema" of migrations(): a command makes its own connections',
  ],
  [from(prisma, { dir: "m" }), 'option "dir" of prisma(): there is none of that name'],
])("%#: an option that nothing would use is refused by name", (make, sentence) => {
  let failure: unknown;
  try {
    make();
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(TaskFailure);
  expect(failure).toMatchObject({ exitCode: 78, code: "BAD_OPTION" });
  expect(String(failure)).toContain(sentence);
});

test("the names of the engines' own configuration files are taken", async () => {
  const url = await createDatabase();
  await query(url, "CREATE SCHEMA app; CREATE SCHEMA records");
  const npm = await folderOf({ "1_a.sql": "CREATE TABLE a (id int);", "notes.md": "" });
  const config = {
    "migrations-dir": npm,
    "migrations-table": "done",
    "migrations-schema": "records",
    schema: ["app"],
    "ignore-pattern": ".*\\.md",
    url: "x",
    "check-order": true,
  };
  const first = migrations({ engine: nodePgMigrate(config), databaseUrl: url });
  await valueOf(call(first.migrate));
  expect(await query(url, "SELECT name FROM records.done")).toEqual([{ name: "1_a" }]);
  expect(await tablesIn(url, "app")).toEqual(["a"]);

  const out = await folderOf({
    "1_b.sql": "CREATE TABLE b (id int);",
    "meta/_journal.json": '{"entries":[{"tag":"1_b","when":1}]}',
  });
  const kit = {
    dialect: "postgresql",
    schema: "./schema.ts",
    out,
    migrations: { table: "journal", schema: "records" },
    dbCredentials: { url },
  };
  await valueOf(call(migrations({ engine: drizzle(kit), databaseUrl: url }).migrate));
  expect(await query(url, "SELECT created_at FROM records.journal")).toEqual([{ created_at: "1" }]);

  const folder = await folderOf({ "1_c/migration.sql": "CREATE TABLE c (id int);" });
  await valueOf(
    call(
      migrations({
        engine: prisma({ schema: "prisma/schema.prisma", migrations: { path: folder, seed: "x" } }),
        databaseUrl: url,
      }).migrate,
    ),
  );
  expect(await tablesIn(url)).toEqual(["b", "c"]);
});

test("checkOrder of node-pg-migrate and allowUnorderedMigrations of kysely refuse a late migration", async () => {
  const url = await createDatabase();
  const provider = (...names: string[]) => ({
    getMigrations: async () => Object.fromEntries(names.map((name) => [name, { up: async () => {} }])),
  });
  await valueOf(call(migrations({ engine: kysely({ provider: provider("1", "3") }), databaseUrl: url }).migrate));
  const late = migrations({
    engine: kysely({ provider: provider("1", "2", "3"), allowUnorderedMigrations: false }),
    databaseUrl: url,
  });
  expect((await failureOf(call(late.migrate))).code).toBe("OUT_OF_ORDER");
  const npm = (files: Record<string, string>, checkOrder: boolean) =>
    folderOf(files).then((directory) =>
      migrations({ engine: nodePgMigrate({ directory, checkOrder }), databaseUrl: url }),
    );
  await valueOf(call((await npm({ "1_a.sql": "SELECT 1;", "3_c.sql": "SELECT 1;" }, true)).migrate));
  const all = { "1_a.sql": "SELECT 1;", "2_b.sql": "SELECT 1;", "3_c.sql": "SELECT 1;" };
  expect((await failureOf(call((await npm(all, true)).migrate))).code).toBe("OUT_OF_ORDER");
  await valueOf(call((await npm(all, false)).migrate));
});

test("kysely's provider and plugins, and knex's own source, are used", async () => {
  const url = await createDatabase();
  const up = (db: Kysely<unknown>) => db.schema.createTable("someThings").addColumn("someId", "integer").execute();
  const down = async (db: Kysely<unknown>) => void (await sql`DROP TABLE some_things`.execute(db));
  const provider = {
    getMigrations: async () => ({ "2_later": { up: async () => {}, down: async () => {} }, "1_things": { up, down } }),
  };
  const own = migrations({ engine: kysely({ provider, plugins: [new CamelCasePlugin()] }), databaseUrl: url });
  expect((await valueOf(call(own.migrate)))[0]?.done.map(({ name }) => name)).toEqual(["1_things", "2_later"]);
  expect(await tablesIn(url)).toEqual(["some_things"]);
  await valueOf(call(own.rollback, { step: 2 }));
  expect(await tablesIn(url)).toEqual([]);

  interface KnexLike {
    raw(text: string): Promise<unknown>;
  }
  const texts: Record<string, string> = {
    "1_first": "CREATE TABLE first (id int)",
    "2_alone": "CREATE INDEX CONCURRENTLY alone ON first (id)",
  };
  const migrationSource = {
    getMigrations: async () => Object.keys(texts),
    getMigrationName: (name: string) => name,
    getMigration: async (name: string) => ({
      up: (db: KnexLike) => db.raw(texts[name] ?? ""),
      down: (db: KnexLike) => db.raw(name === "1_first" ? "DROP TABLE first" : "DROP INDEX CONCURRENTLY alone"),
      config: { transaction: name === "1_first" },
    }),
  };
  const bySource = migrations({
    engine: knex({ client: "pg", connection: "elsewhere", migrations: { migrationSource } }),
    databaseUrl: url,
  });
  expect((await valueOf(call(bySource.migrate)))[0]?.done).toHaveLength(2);
  expect((await valueOf(call(bySource.migrations))).map(({ name, status }) => `${name} ${status}`)).toEqual([
    "1_first up",
    "2_alone up",
  ]);
  await valueOf(call(bySource.rollback, { step: 2 }));
  expect(await tablesIn(url)).toEqual([]);
});

test("kysely gets its nameComparator, and a rollback still goes by the names", async () => {
  const url = await createDatabase();
  const migration = { up: async () => {}, down: async () => {} };
  const provider = { getMigrations: async () => ({ "1_a": migration, "2_b": migration, "3_c": migration }) };
  const compared = new Set<string>();
  const nameComparator = (one: string, other: string): number => {
    compared.add(one).add(other);
    return other.localeCompare(one);
  };
  const { migrate, rollback } = migrations({ engine: kysely({ provider, nameComparator }), databaseUrl: url });
  await valueOf(call(migrate));
  // As if all were applied in the same millisecond: only then kysely compares the names.
  await query(url, "UPDATE kysely_migration SET timestamp = (SELECT min(timestamp) FROM kysely_migration)");
  compared.clear();
  expect((await valueOf(call(rollback)))[0]?.done.map(({ name }) => name)).toEqual(["3_c"]);
  expect([...compared].sort()).toEqual(["1_a", "2_b", "3_c"]);
});

test("an Umzug without a storage is refused: it would keep its record in a file", async () => {
  const bare = umzug({ create: ({ client }) => new Umzug({ migrations: [], context: client, logger: undefined }) });
  const failure = await failureOf(call(migrations({ engine: bare, databaseUrl: await createDatabase() }).migrate));
  expect(failure).toMatchObject({ exitCode: 78, code: "BAD_OPTION" });
  expect(failure.message).toContain("umzug.json");
});

test("relative folders are the app's, from whatever working directory", async () => {
  const app = await folderOf({
    "package.json": '{"name":"shop"}',
    "db/1_a.js": 'exports.up = (db) => db.raw("CREATE TABLE a (id int)"); exports.down = () => {};',
  });
  const before = process.env.REMSH_ROOT;
  onTestFinished(() => {
    if (before === undefined) delete process.env.REMSH_ROOT;
    else process.env.REMSH_ROOT = before;
  });
  process.env.REMSH_ROOT = app;
  const url = await createDatabase();
  await valueOf(call(migrations({ engine: knex({ migrations: { directory: "./db" } }), databaseUrl: url }).migrate));
  expect(await tablesIn(url)).toEqual(["a"]);
  const { message } = await failureOf(call(migrations({ engine: nodePgMigrate(), databaseUrl: url }).migrate));
  expect(message).toBe(`Cannot read the migrations in "${path.join(app, "migrations")}": it does not exist`);
});

test("a plugin of kysely's that renames its Migrator's own tables is refused, before anything runs; with their names as they are it is used", async () => {
  const url = await createDatabase();
  const up = async (db: Kysely<unknown>) =>
    db.schema.createTable("someThings").addColumn("someId", "integer").execute();
  const provider = { getMigrations: async () => ({ "1_things": { up } }) };
  const release = (options: engines.KyselyOptions) =>
    migrations({ engine: kysely({ provider, plugins: [new CamelCasePlugin()], ...options }), databaseUrl: url });
  for (const options of [{ migrationTableName: "myMigrations" }, { migrationLockTableName: "myLock" }]) {
    const tasks = release(options);
    for (const task of [tasks.migrate, tasks.migrations]) {
      const failure = await failureOf(call(task as Task<[args?: object], unknown>));
      expect(failure).toMatchObject({ exitCode: 78, code: "BAD_OPTION" });
      expect(failure.message).toMatch(
        /^Cannot use the option "plugins" of kysely\(\): they change .*"my_(?:migrations|lock)"/,
      );
    }
  }
  expect(await tablesIn(url)).toEqual([]);
  const own = release({ migrationTableName: "my_migrations", migrationLockTableName: "my_migrations_lock" });
  expect((await valueOf(call(own.migrate)))[0]?.done).toHaveLength(1);
  expect((await valueOf(call(own.migrate)))[0]?.done).toEqual([]);
  expect(await query(url, "SELECT name FROM my_migrations")).toEqual([{ name: "1_things" }]);
});

test("knex's own tables keep their names under wrapIdentifier and postProcessResponse, as with its command line", async () => {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const directory = await folderOf({
    "1_a.js": `exports.up = async (db) => { await db.schema.createTable("someThings", (t) => t.integer("someId")); };
      exports.down = (db) => db.schema.dropTable("someThings");`,
    "2_b.js": `exports.up = (db) => db.schema.table("someThings", (t) => t.index("someId", "someIndex"));
      exports.down = (db) => db.schema.table("someThings", (t) => t.dropIndex("someId", "someIndex"));
      exports.config = { transaction: false };`,
  });
  const knexfile = {
    client: "pg",
    migrations: { directory, tableName: "knexMigrations" },
    wrapIdentifier: (name: string, wrap: (name: string) => string) => wrap(snake(name)),
    postProcessResponse: (response: unknown) => ({ wrapped: response }),
  };
  const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
  const theirs = await createDatabase();
  const { default: createKnex } = await import("knex");
  const db = createKnex({ ...knexfile, connection: theirs });
  await db.migrate.latest().finally(() => db.destroy());
  const url = await createDatabase();
  const { migrate } = migrations({ engine: knex(knexfile), databaseUrl: url });
  expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(2);
  expect(await query(url, tables)).toEqual(await query(theirs, tables));
  expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
  for (const address of [url, theirs]) {
    const there = migrations({ engine: knex(knexfile), databaseUrl: address });
    await valueOf(call(there.rollback, { all: true }));
    expect(await query(address, "SELECT FROM pg_tables WHERE tablename = 'some_things'")).toEqual([]);
  }
});

test.each([
  [
    knex({ client: "mysql2" }),
    'Cannot use the option "client" of knex(): it is "mysql2", and the database\'s address is PostgreSQL\'s',
  ],
  [
    drizzle({ dialect: "mysql" }),
    'Cannot use the option "dialect" of drizzle(): it is "mysql", and the database\'s address is PostgreSQL\'s',
  ],
])("%#: an option for another kind of database than the address is refused", async (engine, sentence) => {
  const failure = await failureOf(call(migrations({ engine, databaseUrl: await createDatabase() }).migrate));
  expect(failure).toMatchObject({ exitCode: 78, code: "BAD_OPTION", message: sentence });
});
