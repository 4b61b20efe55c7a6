// Tells from an address which database it leads to. An address of another kind is refused before anything connects: the
// wrong protocol would only wait, or be refused, and look like a server that is not there yet.
import type { DatabaseKind } from "./any-database.ts";
import { badAddress } from "./bad-address.ts";

/** The kinds of databases by the schemes of their addresses. CockroachDB and others speak PostgreSQL's protocol. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ...all("PostgreSQL", "postgres", "postgresql", "pgsql", "pg", "socket", "postgis", "cockroachdb", "cockroach"),
  ...all("MySQL", "mysql", "mysql2", "mariadb"),
  ...all("SQLite", "sqlite", "sqlite3", "file", "better-sqlite3"),
  ...all("libSQL", "libsql"),
  ...all("MongoDB", "mongodb", "mongodb+srv"),
  ...all("SQL Server", "sqlserver", "mssql"),
  ...all("Oracle", "oracle"),
  ...all("Redis", "redis", "rediss"),
  ...all("ClickHouse", "clickhouse"),
]);
/** Schemes of addresses that lead to no database, and what to write instead. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  [
    "jdbc",
    'is written for Java (leave out "jdbc:", and write the user and the password as user:password@ before the host)',
  ],
  ["prisma", "leads to Prisma Accelerate, which cannot migrate (give the database's own address)"],
  ["prisma+postgres", "leads to Prisma's own server, which cannot migrate (give the database's own address)"],
  ["http", "leads to a web server (give the database's own address)"],
  ["https", "leads to a web server (give the database's own address)"],
]);

/** The schemes that an address may have, for messages. */
const MIGRATED = "PostgreSQL (postgres://), MySQL (mysql://) and SQLite (sqlite:)";

/**
 * The kind of database behind the address. Without a scheme it is PostgreSQL.
 *
 * @throws TaskFailure (exit 78) when remsh does not migrate that kind.
 */
export function kindOf(address: string): DatabaseKind {
  const scheme = schemeOf(address);
  const kind = scheme === undefined ? "PostgreSQL" : SCHEMES.get(scheme);
  if (kind === "PostgreSQL" || kind === "MySQL" || kind === "SQLite") return kind;
  const instead = INSTEAD.get(scheme ?? "");
  if (instead !== undefined) throw badAddress(`"${scheme}:" ${instead}`);
  const what = kind === undefined ? "no kind of database that remsh knows" : kind;
  throw badAddress(`"${scheme}:" is ${what}, and remsh migrates ${MIGRATED}`);
}

/** In lower case. Without slashes a word before a colon may be a user, and is a scheme only if it is known. */
function schemeOf(address: string): string | undefined {
  const [, word, slashes] = /^([a-z][a-z\d+.-]*):(\/\/)?/i.exec(address.trim()) ?? [];
  const scheme = word?.toLowerCase();
  if (scheme === undefined) return undefined;
  return slashes !== undefined || SCHEMES.has(scheme) || INSTEAD.has(scheme) ? scheme : undefined;
}

function all(kind: string, ...schemes: string[]): [scheme: string, kind: string][] {
  return schemes.map((scheme) => [scheme, kind]);
}
