// Databases for tests, on the one MariaDB of the run (shared-mariadb.ts).
import mysql from "mysql2/promise";
import { inject } from "vitest";
import { askForServer } from "./shared-server.ts";

let server: Promise<string> | undefined;
let created = 0;

/** The connection string of a fresh, empty database, which is gone after the run. */
export async function createMariadb(): Promise<string> {
  server ??= askForServer(inject("mariadbPort"));
  const url = new URL(await server);
  const name = `remsh_${process.pid}_${Date.now().toString(36)}_${(created += 1)}`;
  await queryMariadb(url.href, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement on a separate connection. */
export async function queryMariadb<Row>(url: string, sql: string, values: string[] = []): Promise<Row[]> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query(sql, values);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  } finally {
    await connection.end();
  }
}

/** The tables, without those of the engines. */
export async function tablesInMariadb(url: string): Promise<string[]> {
  const rows = await queryMariadb<{ name: string }>(
    url,
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
  );
  return rows.map(({ name }) => name).filter((name) => !/migration|SequelizeMeta/i.test(name));
}
