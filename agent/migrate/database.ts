// One database that is migrated: its address, and how connections to it are made. `pg` is loaded here and nowhere else, when
// the first connection is wanted.
import type { Client, ClientConfig } from "pg";
import { TaskFailure } from "../task.ts";
import { applicationName } from "./identity.ts";
import { codeOf, messageOf } from "./message-of.ts";
import { splitAddress, tlsAttempts, type TlsAttempt } from "./tls.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** Nothing listens, the host is unknown or silent, the server starts or stops, or has no connection left: all may pass. */
const PASSING = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ENOENT", "57P03", "57P01", "53300"]);

/** A database's address. The first connection settles whether TLS is used; later ones do the same. */
export class Database {
  readonly #url: string;
  #attempts: TlsAttempt[];

  /** @throws TaskFailure (exit 78) when the TLS parameters of the address cannot be used. */
  constructor(address: string) {
    const { url, parameters } = splitAddress(address);
    this.#url = url;
    this.#attempts = tlsAttempts(parameters);
  }

  /** The address without user and password, for messages. */
  get label(): string {
    return this.#url
      .replace(/^\w+:\/\//, "")
      .replace(/^[^/]*@/, "")
      .replace(/\?.*$/s, "");
  }

  /** What a driver of the engine's own needs to connect as remsh does. Call it after the first `connect`. */
  config(): ClientConfig {
    return {
      connectionString: this.#url,
      ssl: this.#attempts[0] ?? false,
      application_name: applicationName(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
  }

  /** Opens a connection; the caller ends it. @throws TaskFailure, with exit 75 when trying again may help. */
  async connect(): Promise<Client> {
    try {
      return await this.#open();
    } catch (error) {
      if (error instanceof TaskFailure) throw error;
      throw refusal(this.label, error);
    }
  }

  async #open(): Promise<Client> {
    const { default: pg } = await import("pg");
    const client = new pg.Client(this.config());
    // Whoever uses the connection learns of its end by its own queries; an event without a listener would end the app.
    client.on("error", () => {});
    try {
      await client.connect();
      this.#attempts.splice(1);
      return client;
    } catch (error) {
      if (this.#attempts.length === 1 || !isAboutTls(error)) throw error;
      this.#attempts.shift();
      return this.#open();
    }
  }
}

/** The server has no TLS (pg gives that error no code), or refuses a connection without it. */
function isAboutTls(error: unknown): boolean {
  return error instanceof Error && (/does not support SSL/.test(error.message) || codeOf(error) === "28000");
}

function refusal(label: string, error: unknown): TaskFailure {
  const code = codeOf(error);
  const message = messageOf(error);
  return new TaskFailure(`Cannot connect to the database ${label}: ${message}`, {
    exitCode: code !== undefined && PASSING.has(code) ? 75 : 1,
    ...(code !== undefined && { code }),
    cause: error,
  });
}
