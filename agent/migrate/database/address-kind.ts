// Tells from an address which database it leads to. An address of another kind is refused before anything connects: the
// wrong protocol would only wait, or be refused, and look like a server that is not there yet.
import { badAddress } from "./bad-address.ts";

/** The kinds of databases by the schemes of their addresses. CockroachDB and others speak PostgreSQL's protocol. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ...all("PostgreSQL", "postgres", "postgresql", "pgsql", "pg", "socket", "postgis", "cockroachdb", "cockroach"),
  ...all("MySQL", "mysql", "mysql2", "mysqlx"),
  ...all("MariaDB", "mariadb"),
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

/** @throws TaskFailure (exit 78) when the address, by its scheme, is not PostgreSQL's. */
export function requirePostgres(address: string): void {
  const scheme = schemeOf(address);
  if (scheme === undefined || SCHEMES.get(scheme) === "PostgreSQL") return;
  const instead = INSTEAD.get(scheme);
  if (instead !== undefined) throw badAddress(`"${scheme}:" ${instead}`);
  const kind = SCHEMES.get(scheme);
  throw badAddress(
    kind === undefined
      ? `"${scheme}:" is no kind of database that remsh knows (PostgreSQL's begins with postgres://)`
      : `"${scheme}:" is ${kind}, and remsh migrates PostgreSQL (postgres://)`,
  );
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
