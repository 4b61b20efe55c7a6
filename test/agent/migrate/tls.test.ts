import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { startPostgres, type PostgresServer } from "../../../examples/postgres.ts";
import { migrations, nodePgMigrate } from "../../../agent/migrate/index.ts";
import { splitAddress, tlsAttempts } from "../../../agent/migrate/database/tls-attempts.ts";
import { createDatabase } from "../../database.ts";
import { needing } from "../../needing.ts";
import { call, failureOf, valueOf } from "./call.ts";
import { folderOf, query } from "./folder.ts";

const { test } = needing("openssl");

let folder: string;
let server: PostgresServer;
beforeAll(async () => {
  await createDatabase(); // first: as root the run's server makes the user that the other server's key must belong to
  folder = await makeCertificates();
  const files = ["-c", `ssl_cert_file=${folder}/server.crt`, "-c", `ssl_key_file=${folder}/server.key`];
  server = await startPostgres({ flags: ["-c", "ssl=on", ...files] });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

/** A root of our own, and a server certificate for "localhost" that it signed; a second root that signed nothing. */
async function makeCertificates(): Promise<string> {
  const into = await mkdtemp(path.join(os.tmpdir(), "remsh-tls-"));
  await chmod(into, 0o755);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: into, stdio: "pipe" });
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["root", "other"])
    openssl("req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`);
  openssl(
    "req",
    ...key,
    "-keyout",
    "server.key",
    "-out",
    "server.csr",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
  );
  openssl(
    "x509",
    "-req",
    "-in",
    "server.csr",
    "-CA",
    "root.crt",
    "-CAkey",
    "root.key",
    "-days",
    "2",
    "-copy_extensions",
    "copy",
    "-out",
    "server.crt",
  );
  await chmod(path.join(into, "server.key"), 0o600);
  if (process.getuid?.() === 0) execFileSync("chown", ["postgres", path.join(into, "server.key")]);
  return into;
}

/** Migrates over the given host and mode, and resolves to whether the migration's own connection used TLS. */
async function migrateOver(
  { host = "localhost", mode, root }: { host?: string; mode?: string; root?: string },
  create = () => server.createDatabase(),
) {
  const url = await create();
  const address = new URL(url);
  address.hostname = host;
  if (mode) address.searchParams.set("sslmode", mode);
  if (root) vi.stubEnv("PGSSLROOTCERT", path.join(folder, root));
  const sql = "CREATE TABLE used AS SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();";
  const { migrate } = migrations({
    engine: nodePgMigrate({ directory: await folderOf({ "1_used.sql": sql }) }),
    databaseUrl: address.href,
  });
  return {
    calling: call(migrate),
    used: async () => (await query<{ ssl: boolean }>(url, "SELECT ssl FROM used"))[0]?.ssl,
  };
}

test.each([
  [{ mode: "verify-full", root: "root.crt" }, true],
  [{ mode: "verify-ca", root: "root.crt", host: "127.0.0.1" }, true],
  [{ mode: "require" }, true],
  [{ mode: "require", root: "root.crt", host: "127.0.0.1" }, true],
  [{ mode: "prefer" }, true],
  [{}, true],
  [{ mode: "allow" }, false],
  [{ mode: "disable" }, false],
])("%j connects, with TLS: %j", async (options, expected) => {
  const { calling, used } = await migrateOver(options);
  await valueOf(calling);
  expect(await used()).toBe(expected);
});

test.each([
  [{ mode: "verify-full" }, /unable to verify|self.signed|unable to get/i],
  [{ mode: "verify-full", root: "other.crt" }, /unable to verify|self.signed|signature/i],
  [{ mode: "verify-full", root: "root.crt", host: "127.0.0.1" }, /does not match certificate's altnames/],
  [{ mode: "verify-ca", root: "other.crt" }, /unable to verify|self.signed|signature/i],
  [{ mode: "require", root: "other.crt" }, /unable to verify|self.signed|signature/i],
  [{ mode: "verify-full", root: "none.crt" }, /^Cannot read the root certificate ".*none\.crt": ENOENT/],
  [
    { mode: "always" },
    /^Cannot use sslmode "always": it is none of disable, allow, prefer, require, verify-ca, verify-full$/,
  ],
])("%j is refused", async (options, message) => {
  const { calling } = await migrateOver(options);
  expect((await failureOf(calling)).message).toMatch(message);
});

test("a server without TLS is used by prefer and refused by require", async () => {
  const { calling, used } = await migrateOver({ mode: "prefer" }, createDatabase);
  await valueOf(calling);
  expect(await used()).toBe(false);
  const refused = await migrateOver({ mode: "require" }, createDatabase);
  expect((await failureOf(refused.calling)).message).toMatch(/The server does not support SSL connections$/);
});

test("the TLS parameters leave the connection string, and the others stay", () => {
  const { url, parameters } = splitAddress(
    "postgres://u:p%3F@h/db?sslmode=require&connect_timeout=3&sslrootcert=system",
  );
  expect(url).toBe("postgres://u:p%3F@h/db?connect_timeout=3");
  expect(tlsAttempts(parameters, {})).toEqual([{ rejectUnauthorized: false }]);
  expect(tlsAttempts(new Map(), { PGSSLMODE: "disable" })).toEqual([false]);
});
