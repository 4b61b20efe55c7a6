// Projects as the engines' own tools begin them: the files are what `drizzle-kit generate` 0.31, `knex migrate:make` 3, `node-pg-migrate
// create` 9 and `kysely migrate make` (kysely-ctl) wrote, with bodies filled in. remsh and the engine itself come to the same tables and records.
import path from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { drizzle, knex, kysely, migrations, nodePgMigrate, type Engine } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, valueOf } from "./call.ts";
import { folderOf, query } from "./folder.ts";

interface Project {
  files: Record<string, string>;
  engine: (folder: string) => Engine;
  /** What the engine's own command line does. */
  alone: (url: string, folder: string) => Promise<unknown>;
  /** What is in the engine's table, without times. */
  records: string;
}

const DRIZZLE: Project = {
  files: {
    "drizzle/0000_users.sql": `CREATE TABLE "users" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
`,
    "drizzle/0001_orders.sql": `CREATE TABLE "orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"userId" integer
);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_userId_users_id_fk" FOREIGN KEY ("userId") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;`,
    "drizzle/meta/0000_snapshot.json": "{}",
    "drizzle/meta/0001_snapshot.json": "{}",
    "drizzle/meta/_journal.json": `{
  "version": "7",
  "dialect": "postgresql",
  "entries": [
    { "idx": 0, "version": "7", "when": 1795983297297, "tag": "0000_users", "breakpoints": true },
    { "idx": 1, "version": "7", "when": 1795983299984, "tag": "0001_orders", "breakpoints": true }
  ]
}`,
  },
  engine: (folder) => drizzle({ dialect: "postgresql", schema: "./schema.ts", out: path.join(folder, "drizzle") }),
  async alone(url, folder) {
    const { drizzle: connect } = await import("drizzle-orm/node-postgres");
    const { migrate } = await import("drizzle-orm/node-postgres/migrator");
    const pool = new pg.Pool({ connectionString: url });
    await migrate(connect(pool), { migrationsFolder: path.join(folder, "drizzle") }).finally(() => pool.end());
  },
  records: "SELECT id, hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id",
};

const KNEX: Project = {
  files: {
    "migrations/20261129202306_users.js": `/**
 * @param { import("knex").Knex } knex
 * @returns { Promise<void> }
 */
exports.up = function(knex) {
  return knex.schema.createTable("users", (table) => { table.increments(); table.string("name").notNullable(); });
};

/**
 * @param { import("knex").Knex } knex
 * @returns { Promise<void> }
 */
exports.down = function(knex) {
  return knex.schema.dropTable("users");
};
`,
  },
  // The "staging" of the knexfile that "knex init" writes.
  engine: (folder) =>
    knex({
      client: "postgresql",
      connection: { database: "my_db", user: "username", password: "password" },
      pool: { min: 2, max: 10 },
      migrations: { tableName: "knex_migrations", directory: path.join(folder, "migrations") },
    }),
  async alone(url, folder) {
    const { default: createKnex } = await import("knex");
    const directory = path.join(folder, "migrations");
    const db = createKnex({
      client: "postgresql",
      connection: url,
      migrations: { tableName: "knex_migrations", directory },
    });
    await db.migrate.latest().finally(() => db.destroy());
  },
  records: "SELECT id, name, batch FROM knex_migrations ORDER BY id",
};

const NODE_PG_MIGRATE: Project = {
  files: {
    "migrations/1795983305300_users.js": `/**
 * @type {import('node-pg-migrate').ColumnDefinitions | undefined}
 */
export const shorthands = undefined;

/**
 * @param pgm {import('node-pg-migrate').MigrationBuilder}
 * @param run {() => void | undefined}
 * @returns {Promise<void> | void}
 */
export const up = (pgm) => { pgm.createTable("users", { id: "id", name: { type: "text", notNull: true } }); };

/**
 * @param pgm {import('node-pg-migrate').MigrationBuilder}
 * @param run {() => void | undefined}
 * @returns {Promise<void> | void}
 */
export const down = (pgm) => { pgm.dropTable("users"); };
`,
    "migrations/1795983307214_orders.sql":
      "-- Up Migration\nCREATE TABLE orders (id int);\n-- Down Migration\nDROP TABLE orders;",
    "migrations/1795983309057_items.ts": `import type { ColumnDefinitions, MigrationBuilder } from 'node-pg-migrate';

export const shorthands: ColumnDefinitions | undefined = undefined;

export async function up(pgm: MigrationBuilder): Promise<void> { pgm.createTable("items", { id: "id" }); }

export async function down(pgm: MigrationBuilder): Promise<void> { pgm.dropTable("items"); }
`,
  },
  engine: (folder) => nodePgMigrate({ directory: path.join(folder, "migrations") }),
  async alone(url, folder) {
    const { runner } = await import("node-pg-migrate");
    const dir = path.join(folder, "migrations");
    await runner({ databaseUrl: url, dir, migrationsTable: "pgmigrations", direction: "up", log: () => {} });
  },
  records: "SELECT id, name FROM pgmigrations ORDER BY id",
};

const KYSELY: Project = {
  files: {
    ".config/kysely.config.ts": "export default {};",
    "migrations/1795983314115_users.ts": `import type { Kysely } from 'kysely'

// \`any\` is required here since migrations should be frozen in time. alternatively, keep a "snapshot" db interface.
export async function up(db: Kysely<any>): Promise<void> {
	await db.schema.createTable("users").addColumn("id", "serial", (column) => column.primaryKey()).addColumn("name", "text").execute()
}

// \`any\` is required here since migrations should be frozen in time. alternatively, keep a "snapshot" db interface.
export async function down(db: Kysely<any>): Promise<void> {
	await db.schema.dropTable("users").execute()
}
`,
  },
  engine: (folder) => kysely({ migrationFolder: path.join(folder, "migrations") }),
  async alone(url, folder) {
    const { Kysely, Migrator, PostgresDialect } = await import("kysely");
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
    const name = "1795983314115_users";
    // Node 20 cannot import TypeScript, which FileMigrationProvider would leave to it; the tests' own importer can.
    const loaded = (await import(path.join(folder, "migrations", `${name}.ts`))) as { up: () => Promise<void> };
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => ({ [name]: loaded }) },
    }).migrateToLatest();
    await db.destroy();
    if (error) throw error as Error;
  },
  records: "SELECT name FROM kysely_migration ORDER BY name",
};

const COLUMNS = `SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
  WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position`;

test.each([
  ["drizzle", DRIZZLE],
  ["knex", KNEX],
  ["node-pg-migrate", NODE_PG_MIGRATE],
  ["kysely", KYSELY],
])(
  "a project that %s's own tool has begun ends up as with the engine itself, and a second run does nothing",
  async (name, project) => {
    const folder = await folderOf(project.files);
    const [own, theirs] = [await createDatabase(), await createDatabase()];
    await project.alone(theirs, folder);
    const { migrate, rollback } = migrations({ engine: project.engine(folder), databaseUrl: own });
    expect((await valueOf(call(migrate)))[0]?.notDone).toEqual([]);
    expect(await query(own, COLUMNS)).toEqual(await query(theirs, COLUMNS));
    // Each migration is a batch of its own with remsh; of one they are the same.
    expect(await query(own, project.records)).toEqual(await query(theirs, project.records));
    expect((await valueOf(call(migrate)))[0]?.done).toEqual([]);
    const there = migrations({ engine: project.engine(folder), databaseUrl: theirs });
    expect((await valueOf(call(there.migrate)))[0]?.done).toEqual([]);
    if (name === "drizzle") return;
    await valueOf(call(rollback, { all: true }));
    expect(await query(own, "SELECT FROM pg_tables WHERE tablename IN ('users', 'orders', 'items')")).toEqual([]);
  },
);
