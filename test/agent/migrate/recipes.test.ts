// The recipes of docs/migrations.md, pasted into empty folders and run.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createDatabase } from "../../database.ts";
import { folderOf } from "./folder.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PACKAGES = [
  ...["drizzle-orm", "knex", "kysely", "node-pg-migrate", "pg", "tsx", "umzug", "sequelize", "sequelize-cli"],
  ...["typeorm", "@mikro-orm"],
];

/** The files in the code blocks under a heading: each block's first line names its file. */
async function recipe(heading: string): Promise<Record<string, string>> {
  const text = await readFile(path.join(ROOT, "docs/migrations.md"), "utf8");
  const section = text.split(/^### /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const blocks = section.matchAll(/^```\w+\n((?:\/\/|--) (\S+)\n[^]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, code = "", file = ""]) => [file, code] as const));
}

const RUN = `import { Release } from "./release.ts";
const context = { signal: new AbortController().signal, print() {}, printErr() {}, progress() {} };
const [report] = await Release.migrate.run({}, context);
console.log(report.done.map(({ name }) => name).join(" "));`;

/** What nobody pastes: drizzle-kit's own output, and the files of sequelize-cli. */
const GENERATED: Record<string, Record<string, string>> = {
  "A command of your own": {
    "config/config.json": '{ "use_env_variable": "DATABASE_URL", "dialect": "postgres" }',
    "migrations/20240301-add-users.cjs": "exports.up = (queryInterface) => queryInterface.createTable('users', {});",
  },
  drizzle: {
    "drizzle/0000_add_users.sql":
      'CREATE TABLE "users" ("id" serial PRIMARY KEY);\n--> statement-breakpoint\nCREATE INDEX "i" ON "users" ("id");',
    "drizzle/meta/_journal.json": JSON.stringify({
      version: "7",
      dialect: "postgresql",
      entries: [{ idx: 0, version: "7", when: 1_710_000_000_000, tag: "0000_add_users", breakpoints: true }],
    }),
  },
};

test.each([
  ["node-pg-migrate", "20240301_add_users 20240302_index_users"],
  ["knex", "20240301_add_users.ts"],
  ["umzug", "20240301_add_users.mjs"],
  ["kysely", "20240301_add_users"],
  ["drizzle", "0000_add_users"],
  ["prisma", "20240301000000_add_users"],
  ["sequelize", "20240301-add-users.cjs"],
  ["typeorm", "AddUsers1709251200000"],
  ["mikro-orm", "Migration20240301000000"],
  ["An engine of your own", "20240301_add_users.sql"],
  ["A command of your own", "npx sequelize-cli db:migrate"],
])("the recipe for %s applies %s", async (engine, expected) => {
  const folder = await folderOf({
    ...(await recipe(engine)),
    ...GENERATED[engine],
    "run.ts": RUN,
    "package.json": '{"type":"module"}',
  });
  await mkdir(path.join(folder, "node_modules"));
  await symlink(ROOT, path.join(folder, "node_modules/remsh"));
  await symlink(path.join(ROOT, "node_modules/.bin"), path.join(folder, "node_modules/.bin"));
  for (const name of PACKAGES)
    await symlink(path.join(ROOT, "node_modules", name), path.join(folder, "node_modules", name));
  const env = { ...process.env, DATABASE_URL: await createDatabase() };
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "run.ts"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect((stdout + stderr).trim()).toBe(expected);
});
