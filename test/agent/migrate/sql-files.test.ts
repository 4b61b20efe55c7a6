// SQL files as teams have them: large, split by Prisma, in the encodings that editors write.
import { rm } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { drizzle, migrations, nodePgMigrate, prisma, type Engine } from "../../../agent/migrate/index.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { addFile, folderOf, query, tablesIn } from "./folder.ts";
import { prismaDeploy, prismaDiagnose } from "./prisma-engine.ts";

async function prismaRelease(files: Record<string, string>) {
  const named = Object.entries(files).map(([name, text]) => [`${name}/migration.sql`, text]);
  const directory = await folderOf(Object.fromEntries(named) as Record<string, string>);
  const url = await createDatabase();
  return { url, directory, ...migrations({ engine: prisma({ directory }), databaseUrl: url }) };
}

const RECORDS = "SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1";
const UNTOUCHED = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null };

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
  const theirs = await createDatabase();
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
  expect(await tablesIn(url)).toEqual(["kept", ...(await tablesIn(theirs))]);
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
  expect(failure.message).toMatch(
    /^Migration "2_half" failed: division by zero, and it is not recorded as applied, but what it had committed stays\n/,
  );
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

const SQL = `-- CreateTable\nCREATE TABLE users (id int, name text DEFAULT 'ä');\n`;
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const ENCODINGS: Record<string, Buffer> = {
  crlf: Buffer.from(SQL.replaceAll("\n", "\r\n")),
  bom: Buffer.concat([MARK, Buffer.from(SQL)]),
  utf16le: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(SQL, "utf16le")]),
  utf16be: Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(SQL, "utf16le").swap16()]),
  utf16: Buffer.from(SQL, "utf16le"),
  latin1: Buffer.from(SQL, "latin1"),
};
const JOURNAL = JSON.stringify({
  entries: [1, 2].map((when) => ({ idx: when, when, tag: `${when}_init`, breakpoints: true })),
});
const SQL_ENGINES: Record<
  string,
  [adapter: (directory: string) => Engine, file: string, others: Record<string, string>]
> = {
  prisma: [(directory) => prisma({ directory }), "2_init/migration.sql", { "1_init/migration.sql": "SELECT 1;" }],
  drizzle: [
    (migrationsFolder) => drizzle({ migrationsFolder }),
    "2_init.sql",
    { "1_init.sql": "SELECT 1;", "meta/_journal.json": JOURNAL },
  ],
  "node-pg-migrate": [(directory) => nodePgMigrate({ directory }), "2_init.sql", { "1_init.sql": "SELECT 1;" }],
};

test.each(Object.entries(SQL_ENGINES))(
  "%s: a literal of 9 MB is applied, and the report of a failure beside it is short",
  async (_, [adapter, file, others]) => {
    const insert = `CREATE TABLE asset (body text);\nINSERT INTO asset VALUES ('${"QUJD".repeat(2_359_296)}'::text`;
    const url = await createDatabase();
    const directory = await folderOf({ ...others, [file]: `${insert}, 1/0);` });
    const { migrate } = migrations({ engine: adapter(directory), databaseUrl: url });
    const { message } = await failureOf(call(migrate));
    expect(message).toContain("INSERT has more expressions than target columns");
    expect(message).toContain(`${file}:2:9437221\n    …`);
    expect(message).toMatch(/\n {4}…[QUJD]+'::text, 1\/0\);\n +\^\n/);
    expect(message.length).toBeLessThan(2000);
    await addFile(directory, file, `${insert});`);
    await valueOf(call(migrate));
    expect(await query(url, "SELECT length(body) FROM asset")).toEqual([{ length: 9_437_184 }]);
  },
);

test.each(Object.entries(SQL_ENGINES))(
  "%s: a file that is not UTF-8 is refused by name before anything runs",
  async (name, [adapter, file, others]) => {
    const url = await createDatabase();
    const directory = await folderOf(others);
    const { migrate, migrations: status } = migrations({ engine: adapter(directory), databaseUrl: url });
    const refused = {
      utf16le: "it is UTF-16",
      utf16be: "it is UTF-16",
      utf16: "a byte 0 in line 1",
      latin1: "line 2 has the byte 0xe4",
    };
    for (const [encoding, reason] of Object.entries({
      ...refused,
      ...(name === "node-pg-migrate" && { bom: "a byte order mark" }),
    })) {
      await addFile(directory, file, ENCODINGS[encoding] ?? "");
      const failure = await failureOf(call(migrate));
      expect(failure).toMatchObject({ exitCode: 78, code: "BAD_ENCODING" });
      expect(failure.message).toContain(reason);
      expect(failure.message).toContain(file);
    }
    expect((await valueOf(call(status))).map(({ status }) => status)).toEqual(["down", "down"]);
    await addFile(directory, file, ENCODINGS[name === "node-pg-migrate" ? "crlf" : "bom"] ?? "");
    await valueOf(call(migrate));
    expect(await query(url, "INSERT INTO users DEFAULT VALUES RETURNING name")).toEqual([{ name: "ä" }]);
    // What is applied may lie there as it likes.
    await addFile(directory, file, ENCODINGS.latin1 ?? "");
    await valueOf(call(migrate));
  },
);

test("a migration with a byte order mark has the checksum that Prisma computes, and the hash that drizzle does", async () => {
  const { url, directory, migrate } = await prismaRelease({ "1_a": ENCODINGS.bom?.toString() ?? "" });
  await valueOf(call(migrate));
  expect(await prismaDiagnose(url, directory)).toEqual(UNTOUCHED);
});

test("Prisma's folder without a migration.sql, and migrations for another database, are refused by name", async () => {
  const { url, directory, migrate } = await prismaRelease({ "1_a": "SELECT 1;", "2_b": "SELECT 1;" });
  await addFile(directory, "3_empty/notes.txt", "");
  await addFile(directory, "README.md", "");
  expect((await failureOf(call(migrate))).message).toMatch(
    /there is no migration\.sql in ".*3_empty": put it back, or delete the folder$/,
  );
  await addFile(directory, "3_empty/migration.sql", "SELECT 1;");
  await valueOf(call(migrate));
  await rm(path.join(directory, "3_empty/migration.sql"));
  await valueOf(call(migrate));
  expect(await query(url, RECORDS)).toHaveLength(3);
  await addFile(directory, "migration_lock.toml", '# Please do not edit\nprovider = "mysql"\n');
  expect((await failureOf(call(migrate))).message).toMatch(/migration_lock\.toml" says that they are for mysql$/);
});
