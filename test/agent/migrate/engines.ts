// The six engines as their users know them: how a migration is written for each, and how each migrates without remsh.
import { createHash } from "node:crypto";
import { promises as fs } from "node:fs";
import path from "node:path";
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

/** All six, in the order of the documentation. */
export const ENGINES: readonly EngineCase[] = [nodePgMigrate, knex, umzug, kysely, drizzle, prisma];

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
