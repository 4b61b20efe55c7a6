// One database to migrate: its address, and how to connect to it. `pg` is loaded only here, with the first connection.
import type { Client, ClientConfig } from "pg";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { addressLabel } from "./address-label.ts";
import { badAddress } from "./bad-address.ts";
import { endConnection } from "./end-connection.ts";
import { applicationName } from "./application-name.ts";
import { codeOf } from "./code-of.ts";
import { isTransientError } from "./is-transient-error.ts";
import { splitAddress, tlsAttempts, type TlsAttempt } from "./tls-attempts.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** A database's address. The first connection decides whether TLS is used; later ones do the same. */
export class Database {
  /** Host, port and database, for messages: never the user or the password. */
  readonly label: string;
  /** Prisma's own parameter. */
  readonly schemaParameter: string | undefined;
  readonly #url: string;
  #attempts: TlsAttempt[];

  /** @throws TaskFailure (exit 78) when the address, or one of its TLS parameters, cannot be used. */
  constructor(address: string) {
    this.label = addressLabel(address);
    const { url, parameters } = splitAddress(address);
    this.schemaParameter = parameters.get("schema") || undefined;
    this.#url = url;
    this.#attempts = tlsAttempts(parameters);
  }

  /** What an engine's own driver needs to connect as remsh does. Call it after the first `connect`. */
  config(): ClientConfig {
    return {
      connectionString: this.#url,
      ssl: this.#attempts[0] ?? false,
      application_name: applicationName(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
  }

  /** Opens a connection; the caller ends it. @throws TaskFailure: exit 75 when trying again may help, else 78. */
  async connect(): Promise<Client> {
    try {
      return await this.#open();
    } catch (error) {
      throw this.#failure("Cannot connect to", error);
    }
  }

  /**
   * Opens a connection for the work, and ends it. @throws what `connect` and the work throw; TaskFailure (exit 75) when
   * the connection is lost.
   */
  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    try {
      return await work(client);
    } catch (error) {
      throw this.lost(error);
    } finally {
      await endConnection(client);
    }
  }

  /**
   * For an error which only says that a connection was lost, the failure to throw instead (exit 75). Any other error is
   * returned unchanged.
   */
  lost(error: unknown): unknown {
    const isFile = codeOf(error) === "ENOENT"; // a socket's path before, and a file of the engine's now
    return isTransientError(error) && !isFile ? this.#failure("Lost the connection to", error) : error;
  }

  #failure(what: string, error: unknown): TaskFailure {
    if (error instanceof TaskFailure) return error;
    const code = codeOf(error);
    return new TaskFailure(`${what} the database ${this.label}: ${messageOf(error)}`, {
      exitCode: isTransientError(error) ? 75 : 78,
      ...(code !== undefined && { code }),
      cause: error,
    });
  }

  async #open(): Promise<Client> {
    const client = await this.#make();
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

  async #make(): Promise<Client> {
    const { default: pg } = await import("pg");
    try {
      const client = new pg.Client(this.config());
      // Queries fail when the connection ends, so the event is not needed. Without a listener it would end the app.
      return client.on("error", () => {});
    } catch (error) {
      throw badAddress(error);
    }
  }
}

/** The server has no TLS (pg gives that error no code), or refuses a connection without it. */
function isAboutTls(error: unknown): boolean {
  return error instanceof Error && (/does not support SSL/.test(error.message) || codeOf(error) === "28000");
}
