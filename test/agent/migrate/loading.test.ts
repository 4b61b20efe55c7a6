// What is loaded when, in real processes with the built package.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createDatabase } from "../../database.ts";
import { folderOf } from "./folder.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

function node(args: string[], env: Record<string, string> = {}): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return (stdout + stderr).trim().split("\n");
}

test("pg and the engines are loaded only when a migration wants them", () => {
  const script = `import { createRequire, Module } from "node:module";
    import * as migrate from "remsh/migrate";
    migrate.migrations({ engine: migrate.knex(), databaseUrl: "postgres://localhost/none" });
    const loaded = Object.keys(Module._cache).filter((file) => /node_modules.(pg|knex)\\b/.test(file));
    console.log(loaded.length);`;
  expect(node(["--input-type=module", "-e", script])).toEqual(["0"]);
});

test("remsh/migrate can be required from CommonJS", () => {
  expect(node(["--no-warnings", "-p", "typeof require('remsh/migrate').migrations"])).toEqual(["function"]);
});

const TYPED = `interface Runner { raw?: unknown }
const up = async (db: Runner): Promise<void> => void db;
export { up, up as down };`;

test("TypeScript migrations run where Node reads TypeScript, as under tsx", async () => {
  const env = { DATABASE_URL: await createDatabase(), MIGRATIONS: await folderOf({ "1_typed.ts": TYPED }) };
  expect(node(["--import", "tsx", "test/agent/migrate/fixtures/typescript.mjs"], env)).toEqual([
    "knex 1_typed.ts",
    "kysely 1_typed",
    "umzug 1_typed.ts",
  ]);
});

/** From 22.18; the types are those of Node 20. */
const readsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

test.skipIf(readsTypeScript)("where it does not, the sentence says what to do", async () => {
  const env = { DATABASE_URL: await createDatabase(), MIGRATIONS: await folderOf({ "1_typed.ts": TYPED }) };
  const [knex, kysely] = node(["test/agent/migrate/fixtures/typescript.mjs"], env);
  const sentence =
    /Cannot load ".*1_typed\.ts": Node \S+ cannot read TypeScript by itself; start the app with "node --import tsx", or with Node 22\.18 or later/;
  expect(knex).toMatch(sentence);
  expect(kysely).toMatch(sentence);
});
