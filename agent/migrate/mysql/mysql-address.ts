// Reads the address of a MySQL or MariaDB server: what mysql2 needs to connect, and how TLS is tried.
import type { ConnectionOptions } from "mysql2";
import { addressLabel } from "../database/address-label.ts";
import { badAddress } from "../database/bad-address.ts";
import { tlsAttempts, type TlsAttempt } from "../database/tls-attempts.ts";

const HOW =
  'it must be like mysql://user@host:3306/database, with user:password for the user, and "/", "?", "#" and "@" in the password as %2F, %3F, %23 and %40';

/** Of mysql2's own options, those that an address may set. */
const PASSED_ON = ["charset", "timezone", "socketPath", "multipleStatements", "dateStrings", "supportBigNumbers"];

/** The modes of MySQL's `ssl-mode`, in PostgreSQL's words. */
const MODES: ReadonlyMap<string, string> = new Map([
  ["DISABLED", "disable"],
  ["PREFERRED", "prefer"],
  ["REQUIRED", "require"],
  ["VERIFY_CA", "verify-ca"],
  ["VERIFY_IDENTITY", "verify-full"],
]);

/** What an address says. */
export interface MysqlAddress {
  /** Host, port and database. */
  readonly label: string;
  readonly database: string;
  readonly options: ConnectionOptions;
  /** The ways to connect, in the order to try them. Without `ssl-mode` it is PREFERRED, as for MySQL's own client. */
  readonly attempts: TlsAttempt[];
}

/** @throws TaskFailure (exit 78) when the address, or one of its TLS parameters, cannot be used. */
export function readMysqlAddress(address: string): MysqlAddress {
  const label = addressLabel(address, HOW);
  const url = new URL(address);
  const { hostname, port } = url;
  const [database, user, password] = [url.pathname.slice(1), url.username, url.password].map(decoded);
  if (!database) throw badAddress("it names no database (mysql://user@host:3306/database)");
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = url.searchParams.get(name);
    return value === null ? [] : [[name, { true: true, false: false }[value] ?? value] as const];
  });
  return {
    label,
    database,
    options: {
      host: decoded(hostname.replace(/^\[|\]$/g, "")) || "localhost",
      port: Number(port || 3306),
      database,
      ...(user && { user }),
      ...(password && { password }),
      ...Object.fromEntries(passedOn),
    },
    attempts: attemptsOf(url.searchParams),
  };
}

function attemptsOf(query: URLSearchParams): TlsAttempt[] {
  if (query.has("socketPath")) return [false];
  const mode = query.get("ssl-mode") ?? query.get("sslmode") ?? "PREFERRED";
  const files = {
    sslrootcert: query.get("ssl-ca") ?? "system",
    sslcert: query.get("ssl-cert"),
    sslkey: query.get("ssl-key"),
  };
  const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null);
  return tlsAttempts(new Map([...given, ["sslmode", MODES.get(mode.toUpperCase()) ?? mode]]), {});
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badAddress(HOW);
  }
}
