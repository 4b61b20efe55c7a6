// `command()`: the team's own command under remsh's lock, with its output, its exit code and all its processes.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { command, migrations, type CommandOptions, type MigrationsOptions } from "../../../agent/migrate/index.ts";
import { lockKeys } from "../../../agent/migrate/database/lock-keys.ts";
import { createDatabase } from "../../database.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { startCallers } from "./callers.ts";
import { folderOf, query } from "./folder.ts";

const SLEEPING = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'
  AND datname = current_database() AND pid <> pg_backend_pid()`;
/** The run's server has the databases of other tests, too. */
const OF_THIS_DATABASE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";
const PG = fileURLToPath(import.meta.resolve("pg"));
/** A client that is in the middle of a statement for a minute. */
const SLEEP = `const { default: pg } = await import(${JSON.stringify(PG)});
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("SELECT pg_sleep(60)");`;

interface Wanted extends CommandOptions {
  url?: string;
  files?: Record<string, string>;
  repo?: Partial<MigrationsOptions>;
}

/** Without a database, and so without a lock, unless there is a URL. */
async function release(line: string | readonly string[], { url, files = {}, repo = {}, ...options }: Wanted = {}) {
  const folder = await folderOf(files);
  const engine = command(line, { cwd: folder, ...options });
  const where = url === undefined ? { lock: false } : { databaseUrl: url };
  return { folder, ...migrations({ engine, ...where, ...repo }) };
}

const written = (folder: string, name: string) => readFile(path.join(folder, name), "utf8").catch(() => "");
const appears = (folder: string, name: string) =>
  vi.waitFor(async () => expect(await written(folder, name)).toMatch(/\n$/), { timeout: PATIENCE_MS, interval: 20 });
const isAlive = (pid: string): boolean => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};
const gone = (pid: string) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE_MS);

test("the command runs in the app's folder with the address, its output streams, and the report names it", async () => {
  const url = await createDatabase();
  const line = `echo "$DATABASE_URL $STAGE $(basename "$PWD")"; echo careful >&2; while [ ! -e go ]; do sleep 0.01; done; printf end`;
  const { folder, migrate } = await release(line, { url, env: { STAGE: "live" } });
  const seen: string[] = [];
  const calling = call(migrate, {}, { onPrint: (text) => void seen.push(text) });
  await vi.waitFor(() => expect(seen).toHaveLength(2), PATIENCE_MS); // while it runs
  expect(seen.sort()).toEqual(["careful", `${url} live ${path.basename(folder)}`].sort());
  await writeFile(path.join(folder, "go"), "");
  const { value, printed, progress } = await calling;
  expect(value).toMatchObject([{ engine: "command", command: line, done: [{ name: line }], notDone: [] }]);
  expect(printed[2]).toBe("end");
  expect(progress).toEqual([{ done: 0, total: 1, message: `${line} …` }]);
  expect(migrate.format?.(value as never)).toMatch(/^Ran ".*printf end" in \d/);
});

test.each([
  ["exit 7", 7, '"exit 7" exited with 7, and what it had committed stays'],
  ["kill -SEGV $$", 139, '"kill -SEGV $$" was ended by SIGSEGV, and what it had committed stays'],
  ["no-such-tool up", 127, '"no-such-tool up" exited with 127 (the shell does not find it: is it installed?), and '],
])("the exit code is kept: %s", async (line, exitCode, sentence) => {
  const { migrate } = await release(line);
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode, code: "COMMAND_FAILED", reports: [{ done: [], notDone: [line] }] });
  expect(failure.message).toContain(sentence);
});

test("a command that cannot start is a wrong configuration, with its reason", async () => {
  const words = await release(["no-such-tool", "up"]);
  const failure = await failureOf(call(words.migrate));
  expect(failure).toMatchObject({ exitCode: 78, code: "COMMAND_NOT_STARTED" });
  expect(failure.message).toBe('Cannot run "no-such-tool up": spawn no-such-tool ENOENT');
  const { migrate } = await release("true", { cwd: "/no/such/folder" });
  expect((await failureOf(call(migrate))).message).toBe(
    'Cannot run "true": the folder "/no/such/folder" does not exist',
  );
});

test("words are given to the program as they are, without a shell", async () => {
  const { folder, migrate } = await release([
    process.execPath,
    "-e",
    "fs.writeFileSync('said', process.argv[1])",
    "$A;",
  ]);
  await valueOf(call(migrate));
  expect(await written(folder, "said")).toBe("$A;");
});

test("cancelling ends all its processes, and its statement in the database", async () => {
  const url = await createDatabase();
  const line = `sleep 60 & echo $! > child; ${process.execPath} sleep.mjs`;
  const { folder, migrate } = await release(line, { url, files: { "sleep.mjs": SLEEP } });
  const controller = new AbortController();
  const calling = failureOf(call(migrate, {}, { signal: controller.signal }));
  await vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), PATIENCE_MS);
  controller.abort();
  const failure = await calling;
  expect(failure).toMatchObject({ exitCode: 75, code: "CANCELLED" });
  expect(failure.message).toBe(`Cancelled "${line}": its processes have ended, and what it had committed stays`);
  expect(await query(url, SLEEPING)).toEqual([]);
  await gone(await written(folder, "child"));
});

test("a process that ignores SIGTERM is killed, and one that the command leaves running ends with it", async () => {
  const stubborn = await release(`trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done`);
  const controller = new AbortController();
  const calling = failureOf(call(stubborn.migrate, {}, { signal: controller.signal }));
  await appears(stubborn.folder, "pid");
  controller.abort();
  const { folder, migrate } = await release(`sleep 60 & echo $! > pid; echo done`);
  expect((await call(migrate)).printed).toContain("done");
  await gone(await written(folder, "pid"));
  expect(await calling).toMatchObject({ code: "CANCELLED" });
  await gone(await written(stubborn.folder, "pid"));
});

test("a process outside of its group that holds its output open is not waited for", async () => {
  const { folder, migrate } = await release("setsid sleep 60 & echo $! > pid; echo done");
  expect((await call(migrate)).printed).toContain("done");
  process.kill(Number(await written(folder, "pid")));
});

test("two callers run it one after the other, and a waiting one gives up with 75", async () => {
  const url = await createDatabase();
  const files = { "sleep.sh": "echo begin >> log; while [ ! -e go ]; do sleep 0.01; done; echo end >> log" };
  const { folder, migrate } = await release("sh sleep.sh", { url, files });
  const first = call(migrate);
  await appears(folder, "log");
  expect(await failureOf(call(migrate, { lockTimeout: 0 }))).toMatchObject({ exitCode: 75, code: "LOCK_TIMEOUT" });
  const second = call(migrate);
  await writeFile(path.join(folder, "go"), "");
  await Promise.all([valueOf(first), valueOf(second)]);
  expect(await written(folder, "log")).toBe("begin\nend\nbegin\nend\n");
});

test("commands with tables of their own share a lock with that table alone", async () => {
  const url = await createDatabase();
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  onTestFinished(() => holder.end());
  const keys = await lockKeys(holder, { schema: "public", name: "SequelizeMeta" });
  await holder.query("SELECT pg_advisory_lock($1)", [keys.lock]);
  const held = await release("true", { url, table: "SequelizeMeta" });
  expect(await failureOf(call(held.migrate, { lockTimeout: 0 }))).toMatchObject({ code: "LOCK_TIMEOUT" });
  const other = await release("true", { url, table: "schema_migrations" });
  await valueOf(call(other.migrate, { lockTimeout: 0 }));
});

test("when the lock is lost, its processes end at once: exit 75", async () => {
  const url = await createDatabase();
  const { folder, migrate } = await release(`trap "" TERM; echo $$ > pid; sleep 60; sleep 60`, { url });
  const calling = failureOf(call(migrate));
  await appears(folder, "pid");
  await query(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND ${OF_THIS_DATABASE}`,
  );
  expect(await calling).toMatchObject({ exitCode: 75, code: "LOCK_LOST" });
  await gone(await written(folder, "pid"));
});

test("of a killed process of remsh's the command ends too, and the next holder ends its sessions", async () => {
  const url = await createDatabase();
  const directory = await folderOf({ "sleep.mjs": SLEEP });
  const [caller] = await startCallers(1);
  void caller
    ?.migrate({ url, directory, command: `echo $$ > pid; exec ${process.execPath} sleep.mjs` })
    .catch(() => {});
  await vi.waitFor(async () => expect(await query(url, SLEEPING)).toHaveLength(1), PATIENCE_MS);
  caller?.process.kill("SIGKILL");
  await gone(await written(directory, "pid"));
  const { migrate } = await release("true", { url });
  const { printed, error } = await call(migrate);
  expect(error).toBeUndefined();
  expect(printed).toContain("ended the sessions that another process's command left behind");
  expect(await query(url, SLEEPING)).toEqual([]);
});

test("--check and migrations ask the status command: its exit code, or its output", async () => {
  const byCode = await release("migrate-all", { status: "cat state; exit $(wc -l < state)", files: { state: "" } });
  expect(await valueOf(call(byCode.migrate, { check: true }))).toEqual([]);
  expect((await valueOf(call(byCode.migrations)))[0]).toMatchObject({ name: "migrate-all", status: "up" });
  await writeFile(path.join(byCode.folder, "state"), "1 to go\n");
  const pending = await call(byCode.migrate, { check: true });
  expect(pending.error).toMatchObject({ exitCode: 75, code: "PENDING" });
  expect(pending.error).toHaveProperty("message", 'Pending: what "migrate-all" applies');
  expect(pending.printed).toEqual(["1 to go"]);
  await writeFile(path.join(byCode.folder, "state"), "a\nb\nc\n");
  const failure = await failureOf(call(byCode.migrate, { check: true }));
  expect(failure).toMatchObject({ exitCode: 3, code: "STATUS_FAILED" });
  expect(failure.message).toBe('Cannot tell what is pending: "cat state; exit $(wc -l < state)" exited with 3');

  const patterns = { pending: /^down (\S+)/m, applied: /^up (\S+)/m };
  const byOutput = await release("migrate-all", {
    status: "printf 'Sequelize CLI\\nup 1_a.js\\ndown 2_b.js\\ndown 3_c.js\\n'",
    ...patterns,
  });
  const named = await call(byOutput.migrate, { check: true });
  expect(named.error).toMatchObject({ exitCode: 75, message: "2 migrations pending: 2_b.js, 3_c.js" });
  expect(named.printed).toEqual([]);
  expect((await valueOf(call(byOutput.migrations))).map(({ name, status }) => `${status} ${name}`)).toEqual([
    "up 1_a.js",
    "down 2_b.js",
    "down 3_c.js",
  ]);
  const broken = await release("migrate-all", { status: "echo no database; exit 1", ...patterns });
  expect((await call(broken.migrate, { check: true })).error).toMatchObject({ exitCode: 1, code: "STATUS_FAILED" });
});

test("a command that exits 0 and leaves something pending has failed", async () => {
  const { migrate } = await release("true", { status: "echo down 2_b.js", pending: /^down (\S+)/m });
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode: 1, code: "NOT_RECORDED" });
  expect(failure.message).toBe('"true" exited with 0, but "echo down 2_b.js" still shows 2_b.js as pending');
});

test("a rollback runs its own command; without one it is refused", async () => {
  const { folder, rollback } = await release("false", { rollback: "echo undone > log" });
  await valueOf(call(rollback));
  expect(await written(folder, "log")).toBe("undone\n");
  const none = await release("migrate-all");
  expect((await failureOf(call(none.rollback))).message).toBe(
    'Cannot roll back: remsh sees nothing of what "migrate-all" applies (give command() a "rollback")',
  );
});

test("what only the command could decide is refused by name; a dry run says what would run", async () => {
  const { folder, migrate, rollback, migrations: status } = await release("touch ran", { rollback: "touch ran" });
  expect(migrate.format?.((await valueOf(call(migrate, { dryRun: true }))) as never)).toBe("Would run: touch ran");
  const refused = [
    ...[{ to: "2" }, { toExclusive: "2" }, { step: 2 }, { schema: "app" }].map((args) => call(migrate, args)),
    ...[{ sql: true }, { sql: true, dryRun: true }, { to: "2", dryRun: true }].map((args) => call(migrate, args)),
    ...[{ all: true }, { step: 1 }].map((args) => call(rollback, args)),
    ...[call(migrate, { check: true }), call(status)],
  ];
  const messages = (await Promise.all(refused.map(failureOf))).map((failure) => {
    expect(failure.exitCode).toBe(65);
    return failure.message;
  });
  const decides = (option: string, what = "what it applies") =>
    `Cannot use --${option}: "touch ran" decides itself ${what} (leave out --${option})`;
  const unseen = 'Cannot use --sql: remsh does not see the statements of "touch ran" (leave out --sql)';
  const noStatus = 'remsh sees nothing of what "touch ran" applies (give command() a "status")';
  expect(messages).toEqual([
    decides("to"),
    decides("to-exclusive"),
    decides("step"),
    decides("schema", "where it works"),
    ...[unseen, unseen, decides("to")],
    decides("all", "what it rolls back"),
    decides("step", "what it rolls back"),
    `Cannot check: ${noStatus}`,
    `Cannot show the status: ${noStatus}`,
  ]);
  expect(await written(folder, "ran")).toBe("");
  await valueOf(call(migrate, { all: true }));
});

test("--quiet shows the last lines of the output only when it fails", async () => {
  const fine = await release("echo working");
  expect((await call(fine.migrate, { quiet: true })).printed).toEqual([
    "warning: no lock is taken: nothing else may migrate this database now",
  ]);
  const failing = await release("seq 200; exit 3");
  const { printed } = await call(failing.migrate, { quiet: true });
  expect(printed[1]?.split("\n")).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 101)));
});

test("long lines, carriage returns and characters cut in two are printed whole", async () => {
  const script = `const cut = Buffer.from("é\\n"); process.stdout.write("10%\\r20%\\rx\\r\\n"); process.stdout.write(cut.subarray(0, 1));
setTimeout(() => { process.stdout.write(cut.subarray(1)); process.stdout.write("y".repeat(150000)); }, 50);`;
  const { migrate } = await release([process.execPath, "-e", script]);
  const { printed } = await call(migrate);
  const output = printed.slice(1, -1); // between the warning and the last line
  expect(output.slice(0, 4)).toEqual(["10%", "20%", "x", "é"]);
  expect(output.slice(4).map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
});

test("a slow reader slows the command down, and nothing is lost", async () => {
  const { migrate } = await release("seq 20000");
  const read: string[] = [];
  const context = { signal: new AbortController().signal, printErr() {}, progress() {} };
  const print = async (line: string): Promise<void> => {
    if (read.length % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    read.push(line);
  };
  await migrate.run({} as never, { ...context, print } as never);
  expect(read).toHaveLength(20_000);
});
