// What lies beside the migrations: left alone where the engine leaves it alone, refused by name where it would not.
import { expect, test } from "vitest";
import { migrations } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { ENGINES, tableStep } from "./engines.ts";
import { addFile, folderOf, tablesIn } from "./folder.ts";

const USERS = tableStep(1, "users");
const HIDDEN = { ".DS_Store": "\0", ".1_users.js.swp": "", ".gitkeep": "" };
const NOTES = {
  ...HIDDEN,
  "README.md": "# Notes",
  "1_users.js.map": "{}",
  "1_users.js~": "",
  "1_users.js.orig": "",
  "2_x.json": "{}",
};
const LEFT_ALONE: Record<string, Record<string, string>> = {
  "node-pg-migrate": HIDDEN,
  knex: { ...NOTES, "helpers.mjs": "" },
  umzug: { ...NOTES, "helpers.mjs": "", "1_users.d.ts": "" },
  kysely: {
    ...NOTES,
    "helpers.mjs": "export const columns = [];",
    "1_users.d.ts": "",
    "shared.ts": "export const x: number = 1;",
  },
  drizzle: { ...NOTES, "helpers.mjs": "", "9_manual.sql": "SELECT 1/0", "relations.ts": "" },
  prisma: { ...NOTES, "9_manual.sql": "SELECT 1/0" },
};

test.each(ENGINES)("$name leaves alone what is no migration for it", async (engine) => {
  const url = await createDatabase();
  const directory = await folderOf({ ...engine.files([USERS]), ...LEFT_ALONE[engine.name] });
  const { migrate, migrations: status } = migrations({ engine: engine.adapter(directory), databaseUrl: url });
  expect((await valueOf(call(status))).map(({ name }) => name)).toEqual([engine.recorded(USERS)]);
  await valueOf(call(migrate));
  expect(await tablesIn(url)).toEqual(["users"]);
});

test.each([
  ["node-pg-migrate", "README.md", '(move it, or leave it out with "ignorePattern")'],
  ["node-pg-migrate", "2_orders.d.ts", '(move it, or leave it out with "ignorePattern")'],
  ["node-pg-migrate", "2_orders.js.map", '(move it, or leave it out with "ignorePattern")'],
  ["knex", "2_orders.d.ts", '(set "loadExtensions" to [".js"])'],
])("%s would take %s for a migration: it is refused by name before anything runs", async (name, file, remedy) => {
  const engine = ENGINES.find((one) => one.name === name);
  if (!engine) throw new Error(name);
  const url = await createDatabase();
  const directory = await folderOf(engine.files([USERS]));
  await addFile(directory, file, "");
  const failure = await failureOf(call(migrations({ engine: engine.adapter(directory), databaseUrl: url }).migrate));
  expect(failure).toMatchObject({ exitCode: 78, code: "NO_MIGRATION" });
  expect(failure.message).toContain(file);
  expect(failure.message).toContain(remedy);
  expect(await tablesIn(url)).toEqual([]);
});
