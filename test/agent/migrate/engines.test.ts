import { EventEmitter } from "node:events";
import pg from "pg";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { migrations } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep, type EngineCase, type Step } from "./engines.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { PATIENCE_MS } from "../../patience.ts";

const USERS = tableStep(1, "users");
const ORDERS = tableStep(2, "orders");
const ITEMS = tableStep(3, "items");
const SLEEPING = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'
  AND datname = current_database() AND pid <> pg_backend_pid()`;
const THREE = [USERS, ORDERS, ITEMS];
async function release(engine: EngineCase, steps: readonly Step[] = THREE) {
  const url = await createDatabase();
  const directory = await folderOf(engine.files(steps));
  const names = (wanted: readonly Step[]) => wanted.map((step) => engine.recorded(step));
  return { url, directory, names, ...migrations({ engine: engine.adapter(directory), databaseUrl: url }) };
}

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))("%s", (_, engine) => {
  test("a failing migration is rolled back whole, and the report has the database's words", async () => {
    const broken = {
      id: "2_broken",
      up: "CREATE TABLE half (id int); INSERT INTO users (nmae) VALUES ('a');",
      down: "",
    };
    const { url, names, migrate } = await release(engine, [USERS, broken, ITEMS]);
    const failure = await failureOf(call(migrate));
    expect(failure).toMatchObject({ exitCode: 1, code: "42703" });
    const [recorded] = names([broken]);
    expect(failure.message).toContain(
      `Migration "${recorded}" failed: column "nmae" of relation "users" does not exist, and it was rolled back`,
    );
    expect(failure.message).toMatch(/2_broken.*\n.*nmae.*\n +\^\n/);
    expect(failure.message).toMatch(
      new RegExp(`Done: ${names([USERS])}\nNot done: ${names([broken, ITEMS]).join(", ")}$`),
    );
    expect(await tablesIn(url)).toEqual(["users"]);
  });

  test("cancelling stops it in the database, and what ran before stays", async () => {
    const slow = { id: "2_slow", up: "CREATE TABLE half (id int); SELECT pg_sleep(60);", down: "" };
    const { url, migrate } = await release(engine, [USERS, slow]);
    const controller = new AbortController();
    const calling = failureOf(call(migrate, {}, { signal: controller.signal }));
    await vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), {
      timeout: PATIENCE_MS,
      interval: 20,
    });
    controller.abort();
    expect(await calling).toMatchObject({ exitCode: 75, code: "CANCELLED" });
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(await query(url, SLEEPING)).toEqual([]);
  });

  test("what was applied without remsh is known, and what remsh applied is known without remsh", async () => {
    const { url, directory, names, migrate, migrations: status } = await release(engine, [USERS]);
    const addStep = async (steps: Step[]) => {
      for (const [file, text] of Object.entries(engine.files(steps))) await addFile(directory, file, text);
    };
    await engine.migrateAlone(url, directory);
    await addStep([USERS, ORDERS]);
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "down"]);
    expect((await valueOf(call(migrate)))[0]?.done.map(({ name }) => name)).toEqual(names([ORDERS]));
    await addStep(THREE);
    await engine.migrateAlone(url, directory);
    expect(await tablesIn(url)).toEqual(["items", "orders", "users"]);
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["up", "up", "up"]);
  });

  test("no statement of remsh's own, or of the engine, is answered with a notice", async () => {
    const notices: string[] = [];
    const emit = vi.spyOn(pg.Client.prototype, "emit").mockImplementation(function (
      this: EventEmitter,
      event,
      ...args
    ) {
      if (event === "notice") notices.push(String((args[0] as { message?: string }).message));
      return EventEmitter.prototype.emit.call(this, event, ...(args as unknown[]));
    });
    onTestFinished(() => emit.mockRestore());
    const { url, migrate, rollback, migrations: status } = await release(engine, [USERS, ORDERS]);
    await query(url, "CREATE SCHEMA tenant");
    for (const args of [{ step: 1 }, {}, {}, { schema: "tenant" }, { schema: "tenant" }])
      await valueOf(call(migrate, args));
    await valueOf(call(status));
    if (!engine.adapter("").upOnly) await valueOf(call(rollback, { all: true }));
    expect(notices).toEqual([]);
    await query(url, "DO $$ BEGIN RAISE NOTICE 'seen'; END $$");
    expect(notices).toEqual(["seen"]);
  });

  test("--schema keeps its own record of what is applied", async () => {
    const { url, migrate } = await release(engine, [USERS]);
    await query(url, "CREATE SCHEMA tenant");
    await valueOf(call(migrate, { schema: "tenant" }));
    expect(await tablesIn(url, "tenant")).toContain("users");
    await valueOf(call(migrate));
    expect(await tablesIn(url)).toContain("users");
  });
});
