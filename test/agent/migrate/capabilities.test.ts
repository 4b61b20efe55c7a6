// What each engine can do through remsh, found out by trying. The table in docs/migrations.md must say the same;
// `WRITE_DOCS=1 npx vitest run test/agent/migrate/capabilities.test.ts` writes it.
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { migrations, type MigrationTasks } from "../../../agent/migrate/index.ts";
import { TaskFailure } from "../../../agent/tasks/task.ts";
import { createDatabase } from "../../database.ts";
import { createMariadb } from "../../mariadb.ts";
import { needing } from "../../needing.ts";
import { call, valueOf } from "./call.ts";
import { ENGINES, tableStep, type EngineCase, type Step } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";

const withMariadb = needing("mariadbd");

const USERS = tableStep(1, "users");
const ORDERS = tableStep(2, "orders");
const ITEMS = tableStep(3, "items");
const INDEX: Step = {
  id: "2_concurrently",
  up: "CREATE INDEX CONCURRENTLY users_name ON users (name)",
  down: "DROP INDEX CONCURRENTLY users_name",
  alone: true,
};

interface Release extends MigrationTasks {
  engine: EngineCase;
  url: string;
  directory: string;
}

async function release(engine: EngineCase, steps: readonly Step[] = [USERS, ORDERS, ITEMS]): Promise<Release> {
  const url = await createDatabase();
  const directory = await folderOf(engine.files(steps));
  return { engine, url, directory, ...migrations({ engine: engine.adapter(directory), databaseUrl: url }) };
}

/** Each column of the table, and how it is tried. A TaskFailure is a "no"; anything else unexpected fails the test. */
const TRIALS: Record<string, (engine: EngineCase) => Promise<void>> = {
  async up(engine) {
    const { url, migrate } = await release(engine);
    await valueOf(call(migrate));
    expect(await tablesIn(url)).toEqual(["items", "orders", "users"]);
  },
  async down(engine) {
    const { url, migrate, rollback } = await release(engine);
    await valueOf(call(migrate));
    await valueOf(call(rollback, { step: 2 }));
    expect(await tablesIn(url)).toEqual(["users"]);
    await valueOf(call(migrate));
    expect(await tablesIn(url)).toEqual(["items", "orders", "users"]);
  },
  async to(engine) {
    const { url, migrate } = await release(engine);
    await valueOf(call(migrate, { to: "2" }));
    expect(await tablesIn(url)).toEqual(["orders", "users"]);
  },
  async step(engine) {
    const { url, migrate } = await release(engine);
    await valueOf(call(migrate, { step: 1 }));
    expect(await tablesIn(url)).toEqual(["users"]);
  },
  async status(engine) {
    const { migrate, migrations: status } = await release(engine);
    await valueOf(call(migrate, { step: 1 }));
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "down", "down"]);
  },
  async "dry run"(engine) {
    const { url, migrate } = await release(engine);
    const [report] = await valueOf(call(migrate, { dryRun: true }));
    expect(report?.notDone).toEqual([USERS, ORDERS, ITEMS].map((step) => engine.recorded(step)));
    expect(
      await query(url, "SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"),
    ).toEqual([]);
  },
  async "concurrent callers"(engine) {
    const { url, migrate } = await release(engine, [USERS, INDEX, ITEMS]);
    const reports = await Promise.all([1, 2, 3].map(() => valueOf(call(migrate))));
    const done = reports.flatMap(([report]) => report?.done.map(({ name }) => name) ?? []);
    expect(done).toEqual([USERS, INDEX, ITEMS].map((step) => engine.recorded(step)));
    expect(await tablesIn(url)).toEqual(["items", "users"]);
  },
  async "index concurrently"(engine) {
    const { url, migrate } = await release(engine, [USERS, INDEX]);
    await valueOf(call(migrate));
    const valid = "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'users_name'::regclass";
    expect(await query(url, valid)).toEqual([{ valid: true }]);
  },
  async "late merge"(engine) {
    const { url, directory, migrate } = await release(engine, [USERS, ITEMS]);
    await valueOf(call(migrate));
    for (const [file, text] of Object.entries(engine.files([USERS, ORDERS, ITEMS])))
      await addFile(directory, file, text);
    const { printed } = await call(migrate);
    expect(printed[0]).toMatch(/^warning: "2_orders.*" is pending, but older than the newest applied migration$/);
    expect(await tablesIn(url)).toEqual(["items", "orders", "users"]);
  },
};

test("the table of engines in docs/migrations.md says what the engines can do", async () => {
  const head = [["", ...Object.keys(TRIALS)], Object.keys({ "": 0, ...TRIALS }).map(() => "---")];
  // At once: one after the other, fifty trials outlast a test's time on a busy machine.
  const rows = [...head, ...(await Promise.all(ENGINES.map((engine) => rowOf(engine))))];
  await documented("engines", rows);
});

/** The address of a fresh database of each kind; where remsh does not migrate the kind, an address that nothing answers. */
const DATABASES: Record<string, () => Promise<string>> = {
  PostgreSQL: createDatabase,
  "MySQL, MariaDB": createMariadb,
  SQLite: () => Promise.resolve("sqlite:./none.db"),
  MongoDB: () => Promise.resolve("mongodb://127.0.0.1:1/none"),
};

withMariadb.test("the table of databases in docs/migrations.md says what each engine migrates", async () => {
  const head = [["", ...Object.keys(DATABASES)], Object.keys({ "": 0, ...DATABASES }).map(() => "---")];
  const rows = [...head, ...(await Promise.all(ENGINES.map((engine) => databasesOf(engine))))];
  await documented("databases", rows);
});

async function databasesOf(engine: EngineCase): Promise<string[]> {
  const cells = [];
  for (const createIn of Object.values(DATABASES)) cells.push(await isMigrated(() => migrateIn(engine, createIn)));
  return [engine.name, ...cells];
}

/** "No" is only a refusal by the kind. Before Node 22 there is no node:sqlite: there the engine was about to use it. */
async function isMigrated(trial: () => Promise<void>): Promise<"yes" | "no"> {
  try {
    await trial();
    return "yes";
  } catch (error) {
    const { code } = error instanceof TaskFailure ? error : {};
    if (code === "OTHER_DATABASE" || code === "BAD_DATABASE_URL") return "no";
    if (code === "NO_DRIVER") return "yes";
    throw error;
  }
}

async function migrateIn(engine: EngineCase, createIn: () => Promise<string>): Promise<void> {
  const directory = await folderOf(engine.files([USERS, ORDERS]));
  const tasks = migrations({ engine: engine.adapter(directory), databaseUrl: await createIn() });
  await valueOf(call(tasks.migrate));
  expect((await valueOf(call(tasks.migrations))).map(({ status }) => status)).toEqual(["up", "up"]);
}

/** Compares the table between two marks of docs/migrations.md with the rows, or writes it there. */
async function documented(name: string, rows: readonly (readonly string[])[]): Promise<void> {
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  const file = new URL("../../../docs/migrations.md", import.meta.url);
  const text = await readFile(file, "utf8");
  const written = text.replace(
    new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- /${name} -->)`),
    (_, before: string, after: string) => before + table + after,
  );
  if (process.env.WRITE_DOCS) await writeFile(file, written);
  else expect(text).toBe(written);
}

async function rowOf(engine: EngineCase): Promise<string[]> {
  const cells = [];
  for (const trial of Object.values(TRIALS)) cells.push(await succeeds(() => trial(engine)));
  return [engine.name, ...cells];
}

async function succeeds(trial: () => Promise<void>): Promise<"yes" | "no"> {
  try {
    await trial();
    return "yes";
  } catch (error) {
    if (error instanceof TaskFailure) return "no";
    throw error;
  }
}
