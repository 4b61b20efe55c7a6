// Finds the kind of database that an address leads to.
import type { AnyDatabase } from "../database/any-database.ts";
import { kindOf } from "../database/address-kind.ts";
import { postgres } from "../database/postgres.ts";
import { mysql } from "../mysql/mysql.ts";

/** @throws TaskFailure (exit 78) when the address cannot be used, or remsh does not migrate that kind of database. */
export function openDatabase(address: string): AnyDatabase {
  return kindOf(address) === "MySQL" ? mysql(address) : postgres(address);
}
