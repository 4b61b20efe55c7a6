// Connections to one MySQL or MariaDB database. `mysql2` is loaded only here, with the first connection.
import type { Connection, ConnectionOptions } from "mysql2";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { applicationName } from "../database/application-name.ts";
import { codeOf } from "../database/code-of.ts";
import { isTransientError } from "../database/is-transient-error.ts";
import { loadDriver } from "../database/load-driver.ts";
import type { SqlConnection } from "../database/sql-connection.ts";
import { ownStatement } from "../sql/own-statement.ts";
import { readMysqlAddress, type MysqlAddress } from "./mysql-address.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const GOODBYE_MS = 2000;
/** A connection that is idle by design stays: the server's own default may be a minute. */
const WAIT_TIMEOUT_S = 2_147_483;

/** A connection of mysql2. */
export interface MysqlConnection extends SqlConnection {
  readonly driver: Connection;
  /** The server's number for it. */
  readonly id: number;
}

/** How to connect. The first connection decides whether TLS is used; later ones do the same. */
export class MysqlServer {
  readonly address: MysqlAddress;

  /** @throws TaskFailure (exit 78) when the address, or one of its TLS parameters, cannot be used. */
  constructor(address: string) {
    this.address = readMysqlAddress(address);
  }

  /** What mysql2 needs to connect as remsh does. Call it after the first `connect`. */
  options(): ConnectionOptions {
    const [ssl] = this.address.attempts;
    return {
      ...this.address.options,
      ...(ssl && { ssl: { ...ssl } as NonNullable<Exclude<ConnectionOptions["ssl"], string>> }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableKeepAlive: true,
      connectAttributes: { program_name: applicationName() },
    };
  }

  /** Opens a connection; the caller ends it. @throws TaskFailure: exit 75 when trying again may help, else 78. */
  async connect(): Promise<MysqlConnection> {
    try {
      const driver = await this.#open();
      await prepare(driver);
      return connectionOf(driver);
    } catch (error) {
      throw this.#failure("Cannot connect to", error);
    }
  }

  /** Opens a connection for the work, and ends it. @throws what `connect` and the work throw. */
  async use<Result>(work: (connection: MysqlConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.connect();
    try {
      return await work(connection);
    } catch (error) {
      throw this.lost(error);
    } finally {
      await endMysql(connection);
    }
  }

  /** For an error which only says that a connection was lost, the failure to throw instead (exit 75). */
  lost(error: unknown): unknown {
    const isFile = codeOf(error) === "ENOENT"; // a file of the engine's
    return isTransientError(error) && !isFile ? this.#failure("Lost the connection to", error) : error;
  }

  #failure(what: string, error: unknown): TaskFailure {
    if (error instanceof TaskFailure) return error;
    const code = codeOf(error);
    return new TaskFailure(`${what} the database ${this.address.label}: ${messageOf(error) || code}`, {
      exitCode: isTransientError(error) ? 75 : 78,
      ...(code !== undefined && { code }),
      cause: error,
    });
  }

  async #open(): Promise<Connection> {
    const { default: mysql2 } = await loadDriver("mysql2", () => import("mysql2"));
    const { attempts } = this.address;
    const driver = mysql2.createConnection(this.options());
    // Queries fail when the connection ends, so the event is not needed. Without a listener it would end the app.
    driver.on("error", () => {});
    try {
      await new Promise<void>((resolve, reject) => {
        driver.connect((error) => (error ? reject(error) : resolve()));
      });
      attempts.splice(1);
      return driver;
    } catch (error) {
      driver.destroy();
      if (attempts.length === 1 || codeOf(error) !== "HANDSHAKE_NO_SSL_SUPPORT") throw error;
      attempts.shift();
      return this.#open();
    }
  }
}

/** Sets what every connection of remsh has. */
export async function prepare(driver: Connection): Promise<void> {
  await send(driver, ownStatement("SET SESSION wait_timeout = ?"), [WAIT_TIMEOUT_S]);
}

/** A connection of mysql2's, as engines see it. */
export function connectionOf(driver: Connection): MysqlConnection {
  return {
    kind: "MySQL",
    driver,
    id: driver.threadId,
    async query<Row extends object>(text: string, values: readonly (string | number | null)[] = []) {
      const rows = await send(driver, text, values);
      return (Array.isArray(rows) ? rows : []) as Row[];
    },
    async hasTable(name) {
      const text = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
      return ((await send(driver, ownStatement(text), [name])) as unknown[]).length > 0;
    },
  };
}

/** Ends the connection within two seconds, even if the other side does not react. Never rejects. */
export async function endMysql({ driver }: Pick<MysqlConnection, "driver">): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      driver.destroy();
      resolve();
    }, GOODBYE_MS);
    driver.end(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function send(driver: Connection, text: string, values: readonly (string | number | null)[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    driver.query(text, [...values], (error, result) => (error ? reject(error) : resolve(result)));
  });
}
