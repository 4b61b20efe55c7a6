// The engines as their users know them: how a migration is written for each, and how each migrates without remsh.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promises as fs } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { Umzug } from "umzug";
import * as engines from "../../../agent/migrate/index.ts";
import type { Engine } from "../../../agent/migrate/index.ts";
import { prismaDeploy } from "./prisma-engine.ts";

/** A migration, described in SQL. */
export interface Step {
  /** Sorts as a name: `1_users`. */
  id: string;
  up: string;
  down: string;
  /** Cannot run in a transaction. */
  alone?: boolean;
}

/** One engine under test. */
export interface EngineCase {
  name: string;
  /** The files that hold these steps. */
  files(steps: readonly Step[]): Record<string, string>;
  /** The name that the engine records for a step. */
  recorded(step: Step): string;
  adapter(directory: string): Engine;
  /** Brings the database up as the engine's users do without remsh. */
  migrateAlone(url: string, directory: string): Promise<void>;
}

/** Steps with SQL that cannot run in a transaction are recognised by their name, as users would do it. */
const transaction = (name: string): boolean => !name.includes("concurrently");

const quote = (sql: string): string => JSON.stringify(sql);
const byName = (
  steps: readonly Step[],
  name: (step: Step) => string,
  text: (step: Step) => string,
): Record<string, string> => Object.fromEntries(steps.map((step) => [name(step), text(step)]));

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const nodePgMigrate: EngineCase = {
  name: "node-pg-migrate",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.js`,
      ({ up, down, alone }) => {
        const direction = (sql: string): string =>
          `(pgm) => { ${alone ? "pgm.noTransaction();" : ""} pgm.sql(${quote(sql)}); }`;
        return `exports.up = ${direction(up)};\nexports.down = ${direction(down)};`;
      },
    ),
  recorded: ({ id }) => id,
  adapter: (directory) => engines.nodePgMigrate({ directory }),
  async migrateAlone(url, dir) {
    const { runner } = await import("node-pg-migrate");
    await runner({ databaseUrl: url, dir, migrationsTable: "pgmigrations", direction: "up", log: () => {} });
  },
};

const knex: EngineCase = {
  name: "knex",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.js`,
      ({ up, down, alone }) =>
        [
          `exports.up = (knex) => knex.raw(${quote(up)});`,
          `exports.down = (knex) => knex.raw(${quote(down)});`,
          ...(alone ? ["exports.config = { transaction: false };"] : []),
        ].join("\n"),
    ),
  recorded: ({ id }) => `${id}.js`,
  adapter: (directory) => engines.knex({ migrations: { directory } }),
  async migrateAlone(url, directory) {
    const { default: createKnex } = await import("knex");
    const db = createKnex({ client: "pg", connection: url, migrations: { directory } });
    await db.migrate.latest().finally(() => db.destroy());
  },
};

function createUmzug(directory: string, { client, storage }: { client: pg.Client; storage: engines.UmzugStorage }) {
  return new Umzug({ migrations: { glob: `${directory}/*.cjs` }, context: client, storage, logger: undefined });
}

const umzug: EngineCase = {
  name: "umzug",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.cjs`,
      ({ up, down }) =>
        `const run = (context, sql) => (context.query ? context.query(sql) : context.exec(sql));
exports.up = async ({ context }) => run(context, ${quote(up)});
exports.down = async ({ context }) => run(context, ${quote(down)});`,
    ),
  recorded: ({ id }) => `${id}.cjs`,
  adapter: (directory) =>
    engines.umzug({
      create: ({ client, storage }) =>
        new Umzug({ migrations: { glob: `${directory}/*.cjs` }, context: client, storage, logger: undefined }),
      transaction,
    }),
  async migrateAlone(url, directory) {
    await withClient(url, async (client) => {
      await client.query('CREATE TABLE IF NOT EXISTS "SequelizeMeta" (name varchar(255) NOT NULL PRIMARY KEY)');
      // As the storage of sequelize-cli does.
      const storage = {
        executed: async () =>
          (await client.query<{ name: string }>('SELECT name FROM "SequelizeMeta" ORDER BY name')).rows.map(
            ({ name }) => name,
          ),
        logMigration: async ({ name }: { name: string }) =>
          void (await client.query('INSERT INTO "SequelizeMeta" VALUES ($1)', [name])),
        unlogMigration: async ({ name }: { name: string }) =>
          void (await client.query('DELETE FROM "SequelizeMeta" WHERE name = $1', [name])),
      };
      await createUmzug(directory, { client, storage }).up();
    });
  },
};

const kysely: EngineCase = {
  name: "kysely",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.mjs`,
      ({ up, down }) => {
        const raw = (sql: string): string =>
          `(db) => db.executeQuery({ sql: ${quote(sql)}, parameters: [], query: { kind: "RawNode", sqlFragments: [${quote(sql)}], parameters: [] }, queryId: { queryId: "1" } })`;
        return `export const up = ${raw(up)};\nexport const down = ${raw(down)};`;
      },
    ),
  recorded: ({ id }) => id,
  adapter: (directory) => engines.kysely({ directory, transaction }),
  async migrateAlone(url, directory) {
    const { FileMigrationProvider, Kysely, Migrator, PostgresDialect } = await import("kysely");
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
    const provider = new FileMigrationProvider({ fs, path, migrationFolder: directory });
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    await db.destroy();
    if (error) throw error as Error;
  },
};

const drizzle: EngineCase = {
  name: "drizzle",
  files: (steps) => ({
    ...byName(
      steps,
      ({ id }) => `${id}.sql`,
      ({ up }) => up,
    ),
    "meta/_journal.json": JSON.stringify({
      version: "7",
      dialect: "postgresql",
      entries: steps.map(({ id }, idx) => ({
        idx,
        version: "7",
        when: 1_700_000_000_000 + Number.parseInt(id),
        tag: id,
        breakpoints: true,
      })),
    }),
  }),
  recorded: ({ id }) => id,
  adapter: (migrationsFolder) => engines.drizzle({ migrationsFolder, transaction }),
  async migrateAlone(url, migrationsFolder) {
    const { drizzle: connect } = await import("drizzle-orm/node-postgres");
    const { migrate } = await import("drizzle-orm/node-postgres/migrator");
    await withClient(url, (client) => migrate(connect(client), { migrationsFolder }));
  },
};

const prisma: EngineCase = {
  name: "prisma",
  files: (steps) => ({
    "migration_lock.toml": 'provider = "postgresql"\n',
    ...byName(
      steps,
      ({ id }) => `${id}/migration.sql`,
      ({ up }) => up,
    ),
  }),
  recorded: ({ id }) => id,
  adapter: (directory) => engines.prisma({ directory }),
  migrateAlone: prismaDeploy,
};

const sequelize: EngineCase = {
  name: "sequelize",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.cjs`,
      ({ up, down }) => {
        const direction = (sql: string): string =>
          `(queryInterface, Sequelize) => queryInterface.sequelize.query(${quote(sql)})`;
        return `module.exports = { up: ${direction(up)}, down: ${direction(down)} };`;
      },
    ),
  recorded: ({ id }) => `${id}.cjs`,
  adapter: (directory) => engines.sequelize({ directory, transaction }),
  async migrateAlone(url, directory) {
    const cli = fileURLToPath(new URL("../../../node_modules/.bin/sequelize-cli", import.meta.url));
    const words = [cli, "db:migrate", "--url", url, "--migrations-path", directory];
    await promisify(execFile)(process.execPath, words, { cwd: directory });
  },
};

/** The time at the end of a class's name. */
const timeOf = (id: string): number => 1_700_000_000_000 + Number.parseInt(id);

const typeorm: EngineCase = {
  name: "typeorm",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.cjs`,
      ({ id, up, down, alone }) => `exports.Step${id} = class Step${id} {
  name = "${id}${timeOf(id)}";
  ${alone ? "transaction = false;" : ""}
  async up(queryRunner) { await queryRunner.query(${quote(up)}); }
  async down(queryRunner) { await queryRunner.query(${quote(down)}); }
};`,
    ),
  recorded: ({ id }) => `${id}${timeOf(id)}`,
  adapter: (directory) => engines.typeorm({ dataSource: dataSourceOf(directory) }),
  async migrateAlone(url, directory) {
    const { DataSource } = await import("typeorm");
    const dataSource = await new DataSource({ ...dataSourceOf(directory), url }).initialize();
    await dataSource.runMigrations({ transaction: "each" }).finally(() => dataSource.destroy());
  },
};

function dataSourceOf(directory: string) {
  return { type: "postgres" as const, url: "postgres://127.0.0.1/ignored", migrations: [`${directory}/*.cjs`] };
}

const mikroOrm: EngineCase = {
  name: "mikro-orm",
  files: (steps) =>
    byName(
      steps,
      ({ id }) => `${id}.cjs`,
      ({ id, up, down, alone }) => `const { Migration } = require(${quote(MIGRATION)});
exports.Step${id} = class Step${id} extends Migration {
  ${alone ? "isTransactional() { return false; }" : ""}
  up() { this.addSql(${quote(up)}); }
  down() { this.addSql(${quote(down)}); }
};`,
    ),
  recorded: ({ id }) => `${id}.cjs`,
  adapter: (directory) => engines.mikroOrm({ config: mikroOrmConfigOf(directory) }),
  async migrateAlone(url, directory) {
    const { MikroORM, PostgreSqlDriver } = await import("@mikro-orm/postgresql");
    const { Migrator } = await import("@mikro-orm/migrations");
    const own = { driver: PostgreSqlDriver, extensions: [Migrator], clientUrl: url, logger: () => {} };
    const orm = await MikroORM.init({ ...mikroOrmConfigOf(directory), ...own, dbName: new URL(url).pathname.slice(1) });
    await orm
      .getMigrator()
      .up()
      .finally(() => orm.close(true));
  },
};

const MIGRATION = createRequire(import.meta.url).resolve("@mikro-orm/migrations");

function mikroOrmConfigOf(directory: string) {
  return { entities: [], discovery: { warnWhenNoEntities: false }, migrations: { path: directory, snapshot: false } };
}

/** All of them, in the order of the documentation. */
export const ENGINES: readonly EngineCase[] = [
  nodePgMigrate,
  knex,
  umzug,
  kysely,
  drizzle,
  prisma,
  sequelize,
  typeorm,
  mikroOrm,
];

/** A table that a step makes, by its number. */
export function tableStep(number: number, name: string): Step {
  return {
    id: `${number}_${name}`,
    up: `CREATE TABLE ${name} (id int PRIMARY KEY, name text)`,
    down: `DROP TABLE ${name}`,
  };
}

/** As Prisma and drizzle compute it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
