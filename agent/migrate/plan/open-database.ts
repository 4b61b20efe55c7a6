// Finds the kind of database that an address leads to.
import type { AnyDatabase } from "../database/any-database.ts";
import { kindOf } from "../database/address-kind.ts";
import { postgres } from "../database/postgres.ts";
import { resolveInApp } from "../engines/resolve-in-app.ts";
import { mysql } from "../mysql/mysql.ts";
import { sqlite } from "../sqlite/sqlite.ts";

/** @throws TaskFailure (exit 78) when the address cannot be used, or remsh does not migrate that kind of database. */
export function openDatabase(address: string): AnyDatabase {
  switch (kindOf(address)) {
    case "PostgreSQL":
      return postgres(address);
    case "MySQL":
      return mysql(address);
    case "SQLite":
      return sqlite(address, resolveInApp);
  }
}
