// Translates libpq's `sslmode` and its certificate files into Node's options. libpq's words are kept, because operators
// know them: https://www.postgresql.org/docs/current/libpq-ssl.html
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ConnectionOptions } from "node:tls";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** One way to try to connect: without TLS, or with these options. */
export type TlsAttempt = false | ConnectionOptions;

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"] as const;
type Mode = (typeof MODES)[number];

/**
 * Removes from a connection string what would take precedence over remsh's own settings: the TLS parameters, which
 * node-postgres reads by other rules, and the connection's name. `schema` is a parameter of Prisma.
 */
export function splitAddress(url: string): { url: string; parameters: Map<string, string> } {
  const [base = "", query = ""] = url.split(/\?(.*)/s);
  const rest = new URLSearchParams(query);
  const parameters = new Map<string, string>();
  for (const name of [
    "ssl",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "uselibpqcompat",
    "application_name",
    "schema",
  ]) {
    const value = rest.get(name);
    if (value !== null) parameters.set(name, value);
    rest.delete(name);
  }
  return { url: rest.size > 0 ? `${base}?${rest}` : base, parameters };
}

/**
 * The ways to connect, in the order to try them. Without `sslmode` it is `prefer`, as in libpq.
 *
 * @throws TaskFailure (exit 78) when the mode is unknown or a certificate file cannot be read.
 */
export function tlsAttempts(
  parameters: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv = process.env,
): TlsAttempt[] {
  const files = readFiles(parameters, env);
  const unverified = { ...files, rejectUnauthorized: false };
  switch (modeOf(parameters, env)) {
    case "disable":
      return [false];
    case "allow":
      return [false, unverified];
    case "prefer":
      return [unverified, false];
    case "no-verify":
      return [unverified];
    case "require":
      return [files.ca === undefined ? unverified : chainOnly(files)];
    case "verify-ca":
      return [chainOnly(files)];
    case "verify-full":
      return [files];
  }
}

/** The certificate must come from a known authority; its name is not checked. */
function chainOnly(files: ConnectionOptions): ConnectionOptions {
  return { ...files, checkServerIdentity: () => undefined };
}

function modeOf(parameters: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): Mode {
  // node-postgres' own `ssl=true` verifies in full; `ssl=no-verify` is its word for an unverified connection.
  const own = new Map([
    ["true", "verify-full"],
    ["1", "verify-full"],
    ["no-verify", "no-verify"],
    ["false", "disable"],
    ["0", "disable"],
  ]);
  const mode = parameters.get("sslmode") ?? own.get(parameters.get("ssl") ?? "") ?? env.PGSSLMODE ?? "prefer";
  const known = MODES.find((word) => word === mode);
  if (known) return known;
  throw new TaskFailure(`Cannot use sslmode "${mode}": it is none of ${MODES.slice(0, 6).join(", ")}`, {
    exitCode: 78,
  });
}

/** `sslrootcert=system`, or no root certificate, means the authorities that Node knows. */
function readFiles(parameters: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): ConnectionOptions {
  const inHome = path.join(os.homedir(), ".postgresql", "root.crt");
  const root = parameters.get("sslrootcert") ?? env.PGSSLROOTCERT ?? (existsSync(inHome) ? inHome : "system");
  const cert = parameters.get("sslcert") ?? env.PGSSLCERT;
  const key = parameters.get("sslkey") ?? env.PGSSLKEY;
  return {
    ...(root !== "system" && { ca: read(root, "root certificate") }),
    ...(cert !== undefined && { cert: read(cert, "client certificate") }),
    ...(key !== undefined && { key: read(key, "client key") }),
  };
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new TaskFailure(`Cannot read the ${what} "${file}": ${messageOf(cause)}`, { exitCode: 78, cause });
  }
}
