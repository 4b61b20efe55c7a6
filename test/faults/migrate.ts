// Kills processes in the middle of migrations: each migration is complete and recorded, or absent.
import { strict as assert } from "node:assert";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { startPostgres } from "../../examples/postgres.ts";
import { makeProject } from "../client/lifecycle/project.ts";
import { query, tablesIn } from "../agent/migrate/folder.ts";
import { assertHonest, durationOf, killAfter, nothingIsLeft, type Fault } from "./fault.ts";

const TABLES = ["t1", "t2", "t3", "t4", "t5", "t6"];
const RELEASE = `
import { migrations, nodePgMigrate } from "remsh/migrate";
export const Release = migrations({
  engine: nodePgMigrate({ directory: "migrations" }),
  databaseUrl: () => process.env.DATABASE_URL,
});
`;

/** The process that migrates is killed: each migration is complete and recorded, or absent. */
export const migrate: Fault = {
  victim: "migrate",
  async open() {
    const server = await startPostgres();
    const files: Record<string, string> = { "release.js": RELEASE };
    for (const [index, name] of TABLES.entries())
      files[`migrations/${index + 1}_${name}.sql`] = `CREATE TABLE ${name} (id int);\nSELECT pg_sleep(0.05);\n`;
    const project = makeProject({ files });
    const modules = path.join(import.meta.dirname, "../../node_modules");
    for (const name of ["node-pg-migrate", "pg"])
      symlinkSync(path.join(modules, name), path.join(project.root, "node_modules", name));
    const begin = (url: string) => project.startShop(["eval", "Release.migrate"], { DATABASE_URL: url });
    const first = await server.createDatabase();
    const usual = await durationOf(async () => assertHonest(await begin(first).finished, [0]));
    return {
      async round(random) {
        const url = await server.createDatabase();
        const hit = await killAfter(begin(url), random() * usual);
        await nothingIsLeft(project);
        const tables = await tablesIn(url);
        assert.deepEqual(
          await recordedIn(url),
          tables.map((name) => `${name.slice(1)}_${name}`),
        );
        assertHonest(await begin(url).finished, [0]);
        assert.deepEqual(await tablesIn(url), TABLES);
        return hit;
      },
      close: async () => {
        await nothingIsLeft(project);
        await server.stop();
      },
    };
  },
};

/** The migrations in the engine's table; none if the process was killed before the table was made. */
async function recordedIn(url: string): Promise<string[]> {
  const [there] = await query<{ name: string | null }>(url, "SELECT to_regclass('pgmigrations')::text AS name");
  if (!there?.name) return [];
  return (await query<{ name: string }>(url, "SELECT name FROM pgmigrations ORDER BY id")).map(({ name }) => name);
}
