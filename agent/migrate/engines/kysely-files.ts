// The files of kysely's migrations, by kysely's rules.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Migration, MigrationProvider } from "kysely";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { importFile } from "../plan/import-file.ts";
import { noDown } from "../plan/no-down.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { KyselyOptions } from "./kysely-options.ts";
import { listFolder } from "./list-folder.ts";
import { resolveInApp } from "./resolve-in-app.ts";

/** The migrations in kysely's order. */
export async function findMigrations(options: KyselyOptions, applied: readonly string[]): Promise<MigrationFile[]> {
  if (options.provider) return listNames(provided(options));
  return listFiles(resolveInApp(options.directory ?? options.migrationFolder ?? "migrations"), applied);
}

/** What the user's provider has; nothing where there is none. */
function provided({ provider }: KyselyOptions): Promise<Provided> {
  return provider?.getMigrations() ?? Promise.resolve({});
}

/** Provides the migration that is to run, and an empty migration for each applied one, since kysely looks for those. */
export async function providerOf(
  file: MigrationFile,
  applied: readonly string[],
  options: KyselyOptions,
): Promise<MigrationProvider> {
  const { name, recordedAs = name } = file;
  const migration = await loadMigration(file, options);
  const others = applied.map((other): [string, Migration] => [other, { up: async () => {} }]);
  return { getMigrations: async () => ({ ...Object.fromEntries(others), [recordedAs]: migration }) };
}

function isMigration(value: unknown): value is Migration {
  return typeof value === "object" && value !== null && "up" in value && typeof value.up === "function";
}

/** Lists files as kysely's FileMigrationProvider does: a file that does not export "up" is shared code. */
async function listFiles(directory: string, applied: readonly string[]): Promise<MigrationFile[]> {
  const names = (await listFolder(directory)).filter((name) => /\.m?[jt]s$/.test(name) && !/\.d\.m?ts$/.test(name));
  const files = names
    .map((name) => ({ name: path.parse(name).name, path: path.resolve(directory, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const wanted = await Promise.all(
    files.map(async ({ name, path: file }) => applied.includes(name) || (await mayExportUp(file))),
  );
  return files.filter((_, index) => wanted[index]);
}

/** Reads the text and does not import the file: Node would cache the module, and later run it as it is now. */
async function mayExportUp(file: string): Promise<boolean> {
  return /\bup\b|export\s*\*|exports\s*=/.test(await readFile(file, "utf8"));
}

type Provided = Readonly<Record<string, object>>;

/** Sorted by name, as kysely does. */
async function listNames(provided: Promise<Provided>): Promise<MigrationFile[]> {
  return Object.keys(await provided)
    .sort()
    .map((name) => ({ name, path: undefined }));
}

/** @throws TaskFailure (exit 78) when the file exports no migration. */
export async function loadMigration({ name, path: file }: MigrationFile, options: KyselyOptions): Promise<Migration> {
  const found = file === undefined ? (await provided(options))[name] : await importFile(pathToFileURL(file));
  const migration = found && migrationIn(found); // a module, or what the provider took for one
  if (migration) return migration;
  throw new TaskFailure(`Cannot use "${file ?? name}": it exports no function "up"`, { exitCode: 78 });
}

function migrationIn(module: { readonly default?: unknown }): Migration | undefined {
  return [module.default, module].find(isMigration);
}

/** @throws TaskFailure when the migration has no down to roll back. */
export async function checkMigration(
  migration: MigrationFile,
  direction: Direction,
  options: KyselyOptions,
): Promise<void> {
  const loaded = await loadMigration(migration, options);
  if (direction === "down" && !loaded.down) throw noDown(migration.name);
}
