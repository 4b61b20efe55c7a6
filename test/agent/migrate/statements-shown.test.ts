// `--sql`, `--quiet` and `--all`.
import { expect, test } from "vitest";
import { migrations } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep } from "./engines.ts";
import { folderOf, query, tablesIn } from "./folder.ts";

const [USERS, ORDERS] = [tableStep(1, "users"), tableStep(2, "orders")];
/** Their statements are known only while they run. */
const RUNS_ALONE = ["umzug", "sequelize", "typeorm", "mikro-orm"];

test.each(ENGINES)(
  "$name: --sql prints the statements, with --dry-run those that would run; --quiet and --all",
  async (engine) => {
    const url = await createDatabase();
    const directory = await folderOf(engine.files([USERS, ORDERS]));
    const { migrate, rollback } = migrations({ engine: engine.adapter(directory), databaseUrl: url });
    const dry = await call(migrate, { dryRun: true, sql: true });
    if (RUNS_ALONE.includes(engine.name)) expect(dry.error).toMatchObject({ exitCode: 65, code: "NO_SQL" });
    else {
      const shown = migrate.format?.(dry.value as never) ?? "";
      expect(shown).toMatch(/^-- 1_users(?:\.js)?\nCREATE TABLE users \(id int PRIMARY KEY, name text\);\n/);
      expect(shown).toContain(`\n\n-- ${engine.recorded(ORDERS)}\n${ORDERS.up};`);
    }
    expect(await query(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([]);

    const { printed, progress, error } = await call(migrate, { sql: true, quiet: true, all: true });
    expect(error).toBeUndefined();
    const statements = printed.join("\n");
    expect(statements).toContain(USERS.up);
    expect(statements).not.toMatch(/migrations|SequelizeMeta/i); // the engine's own bookkeeping
    expect(statements).not.toMatch(/remsh|set_config|\bRESET\b/); // and remsh's
    expect(progress).toEqual([]);
    expect(printed.filter((line) => line.startsWith("1/2"))).toEqual([]);
    if (["drizzle", "prisma"].includes(engine.name)) return;
    if (!RUNS_ALONE.includes(engine.name)) {
      expect(
        migrate.format?.((await valueOf(call(rollback, { all: true, dryRun: true, sql: true }))) as never),
      ).toContain(ORDERS.down);
    }
    expect((await failureOf(call(rollback, { all: true, step: 1 }))).message).toContain(
      'give only one of "step", "all"',
    );
    const back = await call(rollback, { all: true, quiet: true });
    expect(back.value?.[0]?.done).toHaveLength(2);
    expect(back.printed).toEqual([]);
    expect(await tablesIn(url)).toEqual([]);
  },
);
