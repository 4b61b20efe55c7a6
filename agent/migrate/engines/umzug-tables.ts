// The table in which umzug and sequelize-cli record what is applied, as a storage for an Umzug.
import type { Client } from "pg";
import { inTransaction } from "../database/in-transaction.ts";
import { readRecorded, type RecordTable } from "../database/record-table.ts";
import { inSqlTransaction, quoted, readNames, type SqlConnection } from "../database/sql-connection.ts";
import { identifier, locate, tableExists, tableName } from "../sql/table-place.ts";

/** A storage for Umzug that keeps names in a table, on the connection on which the migrations run. */
export interface UmzugStorage {
  logMigration(params: { name: string }): Promise<void>;
  unlogMigration(params: { name: string }): Promise<void>;
  executed(): Promise<string[]>;
}

/** The table in one kind of database. */
export interface UmzugTable<Connection> {
  /** The connection as the user's migrations know it. */
  clientOf(connection: Connection): unknown;
  /** `restore` is called before anything is written, so that the migration's settings do not affect the record. */
  storageIn(connection: Connection, table: RecordTable, restore?: () => Promise<void>): Promise<UmzugStorage>;
  inTransaction<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** In PostgreSQL. */
export const postgresTable: UmzugTable<Client> = {
  clientOf: (client) => client,
  async storageIn(client, wanted, restore = nothing) {
    const table = { ...wanted, ...(await locate(client, wanted)) };
    const column = identifier(table.column);
    const name = tableName(table);
    return {
      executed: () => readRecorded(client, table),
      async logMigration(migration) {
        await restore();
        if (!(await tableExists(client, table)))
          await client.query(`CREATE TABLE ${name} (${column} varchar(255) NOT NULL PRIMARY KEY)`);
        await client.query(`INSERT INTO ${name} (${column}) VALUES ($1)`, [migration.name]);
      },
      async unlogMigration(migration) {
        await restore();
        await client.query(`DELETE FROM ${name} WHERE ${column} = $1`, [migration.name]);
      },
    };
  },
  inTransaction,
};

/** In MySQL and SQLite. */
export const sqlTable: UmzugTable<SqlConnection> = {
  clientOf: ({ driver }) => (hasPromises(driver) ? driver.promise() : driver),
  storageIn(connection, table, restore = nothing) {
    const column = quoted(table.column);
    const name = quoted(table.name);
    return Promise.resolve({
      executed: () => readNames(connection, table),
      async logMigration(migration) {
        await restore();
        await connection.query(`CREATE TABLE IF NOT EXISTS ${name} (${column} varchar(255) NOT NULL PRIMARY KEY)`);
        await connection.query(`INSERT INTO ${name} (${column}) VALUES (?)`, [migration.name]);
      },
      async unlogMigration(migration) {
        await restore();
        await connection.query(`DELETE FROM ${name} WHERE ${column} = ?`, [migration.name]);
      },
    });
  },
  inTransaction: inSqlTransaction,
};

/** mysql2's connection, which has promises on the side. */
function hasPromises(driver: unknown): driver is { promise(): unknown } {
  return typeof driver === "object" && driver !== null && "promise" in driver && typeof driver.promise === "function";
}
