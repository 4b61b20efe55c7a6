// A migration's session: what it sets holds for itself alone, and what the repo sets holds also where is read what is applied.
import { describe, expect, test } from "vitest";
import { drizzle, migrations, prisma, type RepoOptions } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep, type EngineCase } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { prismaDeploy, prismaDiagnose } from "./prisma-engine.ts";

const USERS = tableStep(1, "users");
/** As pg_dump begins a file. */
const DUMP = `SET statement_timeout = 0; SET lock_timeout = 0; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false); SET client_min_messages = warning; SET row_security = off;
SET default_tablespace = ''; SET default_table_access_method = heap;`;

async function release(engine: EngineCase, options: Partial<RepoOptions> = {}) {
  const url = await createDatabase();
  const directory = await folderOf(engine.files([USERS]));
  const add = async (...steps: Parameters<EngineCase["files"]>[0]) => {
    for (const [name, text] of Object.entries(engine.files(steps))) await addFile(directory, name, text);
  };
  return { url, add, ...migrations({ engine: engine.adapter(directory), databaseUrl: url, ...options }) };
}

describe.each(ENGINES)("$name", (engine) => {
  test("settings with a role and a search path hold where is read what is applied, and after a dump that leaves none", async () => {
    const role = `owner_${engine.name.replaceAll("-", "_")}_${Date.now().toString(36)}`;
    const settings = { role, search_path: "app, public", statement_timeout: "15min" };
    const { url, add, migrate, rollback, migrations: status } = await release(engine, { settings });
    await query(
      url,
      `CREATE ROLE ${role}; CREATE SCHEMA app AUTHORIZATION ${role}; GRANT CREATE ON SCHEMA public TO ${role}; GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${role}`,
    );
    await valueOf(call(migrate));
    expect(
      await query(url, "SELECT tableowner FROM pg_tables WHERE tablename = 'users' AND schemaname = 'app'"),
    ).toEqual([{ tableowner: role }]);
    expect(await valueOf(call(migrate, { check: true }))).toEqual([]);
    const dump = { id: "2_dump", up: `${DUMP} CREATE TABLE public.items (id int);`, down: "" };
    await add(USERS, dump, tableStep(3, "orders"));
    expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(2);
    expect(await tablesIn(url)).toEqual(["items"]);
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "up", "up"]);
    expect((await call(rollback)).value?.[0]?.done.length ?? 1).toBe(1);
    await query(url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  });
});

test.each(ENGINES.filter(({ name }) => ["umzug", "drizzle", "prisma"].includes(name)))(
  "$name records a migration that leaves a role, a search path and a timeout behind",
  async (engine) => {
    const role = `left_${engine.name}_${Date.now().toString(36)}`;
    const { url, add, migrate } = await release(engine);
    await add(
      USERS,
      {
        id: "2_path",
        up: "CREATE SCHEMA app; SET search_path TO app; CREATE TABLE orders (id int); SET statement_timeout = 5000;",
        down: "",
      },
      {
        id: "3_role",
        up: `CREATE ROLE ${role}; GRANT CREATE ON SCHEMA public TO ${role}; SET ROLE ${role}; CREATE TABLE owned (id int);`,
        down: "",
      },
      { id: "4_session", up: `SET SESSION AUTHORIZATION ${role}; CREATE TABLE mine (id int);`, down: "" },
      tableStep(5, "items"),
    );
    expect((await valueOf(call(migrate)))[0]?.done).toHaveLength(5);
    expect(await valueOf(call(migrate, { check: true }))).toEqual([]);
    expect(await tablesIn(url)).toEqual(["items", "mine", "owned", "users"]);
    await query(url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  },
);

test("a setting that the database does not take is refused by name before anything runs", async () => {
  const engine = drizzle({ migrationsFolder: await folderOf({ "meta/_journal.json": '{"entries":[]}' }) });
  const databaseUrl = await createDatabase();
  for (const [name, value] of Object.entries({ lock_timout: "5s", lock_timeout: "soon", role: "nobody at all" })) {
    const { migrate } = migrations({ engine, databaseUrl, settings: { [name]: value } });
    const failure = await failureOf(call(migrate));
    expect(failure).toMatchObject({ exitCode: 78, code: "BAD_SETTING" });
    expect(failure.message).toContain(`Cannot set "${name}" to "${value}" in the database: `);
  }
});

test("Prisma's ?schema= is the schema to migrate, and is made where it is missing; no other engine reads it", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "1_users/migration.sql": 'CREATE TABLE "users" ("id" SERIAL PRIMARY KEY);' });
  const own = migrations({ engine: prisma({ directory }), databaseUrl: `${url}?schema=tenant` });
  expect((await valueOf(call(own.migrations))).map(({ status }) => status)).toEqual(["down"]);
  expect((await failureOf(call(own.migrate, { check: true }))).code).toBe("PENDING");
  await valueOf(call(own.migrate));
  expect(await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
  expect(await tablesIn(url, "tenant")).toEqual(["users"]);
  await valueOf(call(own.migrate, { check: true }));
  const inSchema = `${url}?schema=tenant`;
  expect((await prismaDiagnose(inSchema, directory)).history).toBeNull();
  await addFile(directory, "2_orders/migration.sql", 'CREATE TABLE "orders" ("id" SERIAL PRIMARY KEY);');
  await prismaDeploy(inSchema, directory);
  expect(await valueOf(call(own.migrate, { check: true }))).toEqual([]);
  expect((await failureOf(call(own.migrate, { schema: "other" }))).code).toBe("UNKNOWN_SCHEMA");

  const [knex] = ENGINES.filter(({ name }) => name === "knex");
  const { migrate } = migrations({
    engine: knex?.adapter(await folderOf(knex.files([USERS]))) ?? prisma(),
    databaseUrl: `${url}?schema=tenant`,
  });
  await valueOf(call(migrate));
  expect(await tablesIn(url)).toEqual(["users"]);
});
