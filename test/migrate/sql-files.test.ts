// SQL files as teams have them: large, split by Prisma, in the encodings that editors write.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../examples/postgres.ts";
import { migrations, prisma } from "../../agent/migrate/index.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { prismaDeploy, prismaDiagnose } from "./prisma-engine.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function prismaRelease(files: Record<string, string>) {
  const named = Object.entries(files).map(([name, text]) => [`${name}/migration.sql`, text]);
  const directory = await folderOf(Object.fromEntries(named) as Record<string, string>);
  const url = await server.createDatabase();
  return { url, directory, ...migrations({ engine: prisma({ directory }), databaseUrl: url }) };
}

const RECORDS = "SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1";
const UNTOUCHED = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null };

test("a literal of 9 MB is applied, and the report of a failure beside it is short", async () => {
  const literal = "QUJD".repeat(2_359_296);
  const insert = `CREATE TABLE asset (body text);\nINSERT INTO asset VALUES ('${literal}'::text`;
  const { url, directory, migrate } = await prismaRelease({ "1_asset": `${insert}, 1/0);` });
  const { message } = await failureOf(call(migrate));
  expect(message).toContain("INSERT has more expressions than target columns");
  expect(message).toMatch(/1_asset\/migration\.sql:2:9437221\n {4}…[QUJD]+'::text, 1\/0\);\n +\^\n/);
  expect(message.length).toBeLessThan(2000);
  await addFile(directory, "1_asset/migration.sql", `${insert});`);
  await valueOf(call(migrate));
  expect(await query(url, "SELECT length(body) FROM asset")).toEqual([{ length: 9_437_184 }]);
});

const SPLIT = {
  "1_users": 'CREATE TABLE "users" ("id" SERIAL PRIMARY KEY, "email" TEXT, "name" TEXT);',
  "2_indexes":
    '-- CreateIndex\nCREATE INDEX CONCURRENTLY "a" ON "users"("email");\n\nCREATE INDEX CONCURRENTLY "b" ON "users"("name");',
  "3_enum": "CREATE TYPE mood AS ENUM ('ok');\nALTER TYPE mood ADD VALUE 'sad';\nSELECT 'sad'::mood;",
  "4_own": "BEGIN;\nCREATE TABLE own (id int);\nCOMMIT;\nVACUUM own;",
  "5_comment": "-- nothing to do\n",
};

test("a file whose statements cannot share a transaction is applied, as by Prisma's own engine", async () => {
  const { url, directory, migrate } = await prismaRelease(SPLIT);
  const theirs = await server.createDatabase();
  await prismaDeploy(theirs, directory);
  // Of Prisma's two engines the one that the tests have cuts these at each of their semicolons.
  const commits = "INSERT INTO kept VALUES (1); COMMIT; INSERT INTO kept VALUES (2);";
  const procedure = `CREATE TABLE kept (id int);\nDO $$ BEGIN ${commits} END $$;`;
  await addFile(directory, "6_procedure/migration.sql", procedure);
  await addFile(
    directory,
    "7_name/migration.sql",
    'DROP INDEX CONCURRENTLY "a";\nCREATE INDEX CONCURRENTLY "; x" ON "users"("id");',
  );
  expect((await valueOf(call(migrate)))[0]?.notDone).toEqual([]);
  expect(await prismaDiagnose(url, directory)).toEqual(UNTOUCHED);
  expect(await query(url, "SELECT id FROM kept")).toHaveLength(2);
});

test("a split file that fails half-way stays recorded as begun, and nothing runs until that is resolved", async () => {
  const second =
    'CREATE TABLE half (id int);\nCREATE INDEX CONCURRENTLY "i" ON half(id);\nSELECT 1/0;\nCREATE TABLE other (id int);';
  const { url, migrate } = await prismaRelease({
    "1_first": "VACUUM;\nSELECT 1;",
    "2_half": second,
    "3_third": "SELECT 1;",
  });
  const failure = await failureOf(call(migrate));
  expect(failure.message).toMatch(/^Migration "2_half" failed: division by zero, and it is not recorded as applied\n/);
  expect(failure.message).toContain("2_half/migration.sql:3:1");
  expect(await query(url, RECORDS)).toEqual([
    { name: "1_first", finished: true },
    { name: "2_half", finished: false },
  ]);
  expect((await failureOf(call(migrate))).message).toContain('Prisma has not finished "2_half"');
  expect(await tablesIn(url)).toEqual(["half"]);
});

test("a split file of which nothing has succeeded leaves no record", async () => {
  const { url, migrate } = await prismaRelease({
    "1_a": "BEGIN;\nCREATE TABLE a (id int);\nSELECT 1/0;\nCOMMIT;\nVACUUM;",
  });
  await failureOf(call(migrate));
  expect(await query(url, RECORDS)).toEqual([]);
  expect(await tablesIn(url)).toEqual([]);
});
