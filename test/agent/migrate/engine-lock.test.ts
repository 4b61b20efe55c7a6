// The locks of the engines' own command lines: remsh waits for them and says for whom, and two services in one database do not
// fail on each other's.
import { expect, test, vi } from "vitest";
import { Umzug } from "umzug";
import * as engines from "../../../agent/migrate/index.ts";
import type { Engine } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep, type Step } from "./engines.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const { drizzle, knex, kysely, migrations, nodePgMigrate, prisma, sequelize, typeorm, umzug, mikroOrm } = engines;

/** Each service has a table of its own, except with Prisma, whose table has one name: there each has a schema. */
const OWN_TABLE: Record<string, (directory: string, service: string) => Engine> = {
  "node-pg-migrate": (directory, service) => nodePgMigrate({ directory, migrationsTable: service }),
  knex: (directory, service) => knex({ migrations: { directory, tableName: service } }),
  umzug: (directory, service) =>
    umzug({
      create: ({ client, storage }) =>
        new Umzug({ migrations: { glob: `${directory}/*.cjs` }, context: client, storage, logger: undefined }),
      tableName: service,
    }),
  kysely: (directory, service) =>
    kysely({ directory, migrationTableName: service, migrationLockTableName: `${service}_lock` }),
  drizzle: (migrationsFolder, service) => drizzle({ migrationsFolder, migrationsTable: service }),
  prisma: (directory) => prisma({ directory }),
  sequelize: (directory, service) => sequelize({ directory, migrationStorageTableName: service }),
  "mikro-orm": (directory, tableName) => mikroOrm({ config: { migrations: { path: directory, tableName } } }),
  typeorm: (directory, migrationsTableName) =>
    typeorm({ dataSource: { type: "postgres", migrations: [`${directory}/*.cjs`], migrationsTableName } }),
};

test.each(Object.entries(OWN_TABLE))(
  "two services with tables of their own migrate one database at the same moment: %s",
  async (name, adapter) => {
    const engine = ENGINES.find((one) => one.name === name);
    const url = await createDatabase();
    const services = ["billing", "shop"];
    const migrating = services.map(async (service) => {
      const steps = [1, 2, 3].map((number) => tableStep(number, `${service}_${number}`));
      const directory = await folderOf(engine?.files(steps) ?? {});
      const databaseUrl = name === "prisma" ? `${url}?schema=${service}` : url;
      return valueOf(call(migrations({ engine: adapter(directory, service), databaseUrl }).migrate));
    });
    for (const [report] of await Promise.all(migrating)) expect(report?.done).toHaveLength(3);
    const tables =
      name === "prisma"
        ? (await Promise.all(services.map((schema) => tablesIn(url, schema)))).flat()
        : await tablesIn(url);
    expect(tables.filter((table) => /_\d$/.test(table))).toHaveLength(6);
  },
);

const SLEEPING = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()`;
const SLOW: Step = { id: "1_slow", up: "SELECT pg_sleep(60)", down: "" };

/** Their own command lines take no lock. */
const WITHOUT_LOCK = ["umzug", "drizzle", "sequelize", "typeorm", "mikro-orm"];

test.each(ENGINES.filter(({ name }) => !WITHOUT_LOCK.includes(name)))(
  "while $name itself migrates, remsh waits and says for whom, then exits 75",
  async (engine) => {
    const url = await createDatabase();
    const alone = engine
      .migrateAlone(`${url}?application_name=its-own`, await folderOf(engine.files([SLOW])))
      .catch(() => {}); // ended below
    await vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), { timeout: 20_000, interval: 20 });
    const [{ pid } = { pid: 0 }] = await query<{ pid: number }>(url, SLEEPING);
    const { migrate } = migrations({
      engine: engine.adapter(await folderOf(engine.files([tableStep(2, "users")]))),
      databaseUrl: url,
    });
    const failure = await failureOf(call(migrate, { lockTimeout: 0 }));
    expect(failure).toMatchObject({ exitCode: 75, code: "ENGINE_LOCKED" });
    expect(failure.message).toContain(`own lock: backend ${pid} ("its-own"), for `);
    let printed = "";
    const waiting = call(migrate, { lockTimeout: "60s" }, { onPrint: (line) => void (printed += `${line}\n`) });
    await vi.waitFor(() => expect(printed).toContain(`waiting for `), { timeout: 20_000, interval: 20 });
    await query(url, "SELECT pg_cancel_backend($1)", [pid]);
    await alone;
    const { error } = await waiting;
    // Prisma has recorded that it has not finished, and that is to be resolved by hand.
    if (error !== undefined) expect(error).toMatchObject({ code: "BLOCKED" });
    else expect(await tablesIn(url)).toEqual(["users"]);
  },
);

test.each(ENGINES.map((engine) => [engine.name, engine] as const))(
  "lock: false takes no advisory lock, as for CockroachDB, and says so: %s",
  async (_, engine) => {
    const url = await createDatabase();
    const directory = await folderOf(engine.files([tableStep(1, "users"), tableStep(2, "orders")]));
    const role = `locks_nothing_${engine.name.replaceAll("-", "_")}_${Date.now().toString(36)}`;
    await query(url, `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT CREATE ON SCHEMA public TO ${role}`);
    await query(url, `GRANT CREATE ON DATABASE "${new URL(url).pathname.slice(1)}" TO ${role}`);
    await query(url, REFUSE_ADVISORY_LOCKS);
    const databaseUrl = Object.assign(new URL(url), { username: role, password: "secret" }).href;
    const options = { engine: engine.adapter(directory), databaseUrl };
    const { error } = await call(migrations(options).migrate);
    expect(String(error)).toContain("permission denied for function pg_try_advisory_lock");
    const unlocked = migrations({ ...options, lock: false });
    const called = await call(unlocked.migrate);
    expect(called.error).toBeUndefined();
    expect(called.printed[0]).toBe("warning: no lock is taken: nothing else may migrate this database now");
    expect(await tablesIn(url)).toEqual(["orders", "users"]);
    expect((await valueOf(call(unlocked.migrate)))[0]?.done).toEqual([]);
    await query(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  },
);

/** No function of PostgreSQL's that takes or frees an advisory lock may be called but by a superuser. */
const REFUSE_ADVISORY_LOCKS = `DO $$ DECLARE name regprocedure; BEGIN
  FOR name IN SELECT oid::regprocedure FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory_' LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM public', name);
  END LOOP; END $$`;
