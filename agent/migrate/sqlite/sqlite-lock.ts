// The migration lock in SQLite: a transaction in a second file beside the database, which the system ends with the
// process. The database's own file cannot be it, since the migrations write there. The second file also says which
// process holds the lock.
import { realpath } from "node:fs/promises";
import { applicationName, describeHolder } from "../database/application-name.ts";
import type { AnyLock, LockRequest } from "../database/any-database.ts";
import { poll, type AskedLock } from "../database/asked-lock.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { isBusy, openSqlite, type SqliteConnection } from "./sqlite-connection.ts";

/** @throws TaskFailure (exit 75) when another process holds it for longer than `timeoutMs`. */
export async function takeSqliteLock(file: string, request: LockRequest): Promise<AnyLock<SqliteConnection>> {
  const client = await openSqlite(file);
  const keeper = request.lock === false ? undefined : await openKeeper(file).catch(closing(client));
  const end = (): void => {
    keeper?.driver.close(); // ends its transaction
    client.driver.close();
  };
  try {
    if (keeper) await poll(beside(keeper), { ...request, deadline: performance.now() + request.timeoutMs });
    else request.print("warning: no lock is taken: nothing else may migrate this database now");
  } catch (error) {
    end();
    if (!request.signal.aborted) throw error;
    throw new TaskFailure("Cancelled while waiting for the migration lock", {
      exitCode: 75,
      code: "CANCELLED",
      cause: request.signal.reason,
    });
  }
  return {
    client,
    lost: new AbortController().signal, // only the end of the process ends the lock
    release: async () => end(),
  };
}

/** Beside the real file: the releases of an app may each have a symbolic link to one database. */
async function openKeeper(file: string): Promise<SqliteConnection> {
  return openSqlite(`${await realpath(file)}-remsh-lock`);
}

function closing(client: SqliteConnection): (error: unknown) => never {
  return (error) => {
    client.driver.close();
    throw error;
  };
}

function beside({ driver }: SqliteConnection): AskedLock {
  driver.exec("PRAGMA busy_timeout = 0");
  const held = (error: unknown): { heldBy: string } => {
    if (!isBusy(error)) throw error;
    return { heldBy: holderOf(driver) };
  };
  return {
    what: "the migration lock",
    code: "LOCK_TIMEOUT",
    async take() {
      try {
        driver.exec("BEGIN IMMEDIATE");
      } catch (error) {
        return held(error);
      }
      try {
        // Others can read the name only when it is committed. Whoever comes between writes its own.
        driver.exec("CREATE TABLE IF NOT EXISTS holder (name text); DELETE FROM holder");
        driver.prepare("INSERT INTO holder VALUES (?)").run(applicationName());
        driver.exec("COMMIT");
        driver.exec("BEGIN IMMEDIATE");
        return undefined;
      } catch (error) {
        if (driver.inTransaction ?? driver.isTransaction) driver.exec("ROLLBACK");
        return held(error);
      }
    },
  };
}

function holderOf(driver: SqliteConnection["driver"]): string {
  try {
    const [row] = driver.prepare("SELECT name FROM holder").all() as { name: string }[];
    return row ? describeHolder(row.name, 0) : "another process";
  } catch {
    return "another process"; // it is just writing its name
  }
}
