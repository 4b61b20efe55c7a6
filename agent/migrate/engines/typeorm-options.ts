// The options of TypeORM's DataSource for `typeorm()`: what decides about migrations is used, and what says how to
// connect is replaced.
import { badOption, requireKnownOptions } from "../plan/known-options.ts";
import { resolveInApp } from "./resolve-in-app.ts";

/** The app's data source, as TypeORM's command line takes it with `-d`. */
export interface TypeOrmOptions {
  /** The DataSource, or its options. It is not connected: remsh makes one of its own from its options. */
  dataSource: object;
}

/** Options of TypeORM's that are read here. */
export interface DataSourceSettings {
  readonly type?: unknown;
  readonly schema?: string;
  readonly migrations?: unknown;
  readonly migrationsTableName?: string;
  readonly migrationsTransactionMode?: string;
}

/** @throws TaskFailure (exit 78) when there is no data source, or not one for PostgreSQL. */
export function settingsOf(options: TypeOrmOptions): DataSourceSettings {
  requireKnownOptions(options, { of: "typeorm()", names: ["dataSource"] });
  const { dataSource } = options as { dataSource?: unknown };
  const wrong = (reason: string): Error => badOption(`Cannot use the option "dataSource" of typeorm(): ${reason}`);
  if (typeof dataSource !== "object" || dataSource === null)
    throw wrong("it must be TypeORM's DataSource, or its options");
  const settings: DataSourceSettings = "options" in dataSource ? (dataSource.options as object) : dataSource;
  if (settings.type !== "postgres" && settings.type !== "cockroachdb")
    throw wrong(`its type is "${String(settings.type)}", and not "postgres"`);
  if (listOf(settings.migrations).length === 0) throw wrong('it names no "migrations"');
  return settings;
}

/** What a data source is made from instead: without anything that connects elsewhere, or changes the schema by itself. */
export function ownSettings(
  settings: DataSourceSettings,
  { driver, schema }: { driver: object; schema: string | undefined },
): object {
  const lists = ["entities", "subscribers", "migrations"] as const;
  return {
    ...settings,
    ...{ url: undefined, replication: undefined, nativeDriver: undefined, extra: undefined },
    ...Object.fromEntries(lists.map((name) => [name, inApp((settings as Record<string, unknown>)[name])])),
    ...{ type: "postgres", driver, logging: false, cache: false },
    ...{ synchronize: false, dropSchema: false, migrationsRun: false },
    ...(schema !== undefined && { schema }),
  };
}

/** TypeORM takes an array, or an object of classes, as a module has them. */
export function listOf(given: unknown): unknown[] {
  if (Array.isArray(given)) return given;
  return typeof given === "object" && given !== null ? Object.values(given) : [];
}

/** TypeORM takes patterns from the working directory. The app's folder is the one that is meant. */
export function inApp(given: unknown): unknown[] {
  return listOf(given).map((one) => (typeof one === "string" ? resolveInApp(one) : one));
}
