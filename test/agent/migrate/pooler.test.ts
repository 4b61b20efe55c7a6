import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { migrations, nodePgMigrate } from "../../../agent/migrate/index.ts";
import { needing } from "../../needing.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { folderOf, tablesIn } from "./folder.ts";
import { freePort } from "../../../examples/free-port.ts";
import { PATIENCE_MS } from "../../patience.ts";

/** Starts PgBouncer before the database, and resolves to its address. */
async function startPooler(url: string, mode: "transaction" | "session"): Promise<string> {
  const { hostname, port, pathname, username, password } = new URL(url);
  const folder = await mkdtemp(path.join(os.tmpdir(), "remsh-pgbouncer-"));
  await chmod(folder, 0o755);
  const listening = await freePort();
  await writeFile(path.join(folder, "users.txt"), `"${username}" "${password}"\n`);
  await writeFile(
    path.join(folder, "pgbouncer.ini"),
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listening}
unix_socket_dir =
auth_type = plain
auth_file = ${folder}/users.txt
pool_mode = ${mode}
`,
  );
  // PgBouncer refuses to run as root, as PostgreSQL does.
  const user = process.getuid?.() === 0 ? ["-u", "postgres"] : [];
  const pooler = spawn("pgbouncer", [...user, path.join(folder, "pgbouncer.ini")], { stdio: "ignore" });
  onTestFinished(async () => {
    if (pooler.exitCode === null && pooler.kill()) await once(pooler, "exit");
    await rm(folder, { recursive: true });
  });
  await vi.waitFor(() => connects(listening), PATIENCE_MS);
  return `postgres://${username}:${password}@127.0.0.1:${listening}${pathname}`;
}

async function connects(port: number): Promise<void> {
  const socket = createConnection(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
}

needing("pgbouncer").describe("PgBouncer", () => {
  const files = { "1_users.sql": "CREATE TABLE users (id int);" };

  test("in transaction mode it is refused with the sentence that names migrationUrl, and migrationUrl goes around it", async () => {
    const url = await createDatabase();
    const pooled = await startPooler(url, "transaction");
    const engine = nodePgMigrate({ directory: await folderOf(files) });
    const failure = await failureOf(call(migrations({ engine, databaseUrl: pooled }).migrate));
    expect(failure).toMatchObject({ exitCode: 78, code: "TRANSACTION_POOLING" });
    expect(failure.message).toMatch(
      /^Cannot hold the migration lock through 127\.0\.0\.1:\d+\/\w+: it is PgBouncer in transaction mode/,
    );
    expect(failure.message).toMatch(/give the database's own address as "migrationUrl"$/);
    expect(await tablesIn(url)).toEqual([]);
    await valueOf(call(migrations({ engine, databaseUrl: pooled, migrationUrl: url }).migrate));
    expect(await tablesIn(url)).toEqual(["users"]);
  });

  test("in session mode it holds the lock, and migrations run through it", async () => {
    const url = await createDatabase();
    const engine = nodePgMigrate({ directory: await folderOf(files) });
    await valueOf(call(migrations({ engine, databaseUrl: await startPooler(url, "session") }).migrate));
    expect(await tablesIn(url)).toEqual(["users"]);
  });
});
