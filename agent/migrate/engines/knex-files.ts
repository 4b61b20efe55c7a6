// The files of knex's migrations, by knex's rules.
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Knex } from "knex";
import type { Direction, MigrationFile } from "../plan/engine.ts";
import { importFile } from "../plan/import-file.ts";
import { noDown } from "../plan/no-down.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { foldersOf, sourceOf, type KnexOptions, type KnexSource } from "./knex-options.ts";
import { listFolder } from "./list-folder.ts";

const DECLARATIONS = /\.d\.ts$/;

const ABOUT_FILES = new Set(["directory", "loadExtensions", "sortDirsSeparately"]);

/** A configuration with this migration alone, under the name that the table has for it, with the source's extension. */
export function underRecord(
  config: Knex.MigratorConfig,
  migration: MigrationFile,
  own: OwnMigrations,
): Knex.MigratorConfig {
  const { recordedAs = migration.name } = migration;
  const source: Knex.MigrationSource<MigrationFile> = {
    getMigrations: async () => [migration],
    getMigrationName: () => recordedAs,
    getMigration: () => loadModule(migration, own),
  };
  // With an option about files, knex would read the folder and ignore the source.
  const others = Object.entries(config).filter(([option]) => !ABOUT_FILES.has(option));
  return { ...Object.fromEntries(others), migrationSource: source };
}

/** The part of knex's options that is about migrations. */
export type OwnMigrations = NonNullable<KnexOptions["migrations"]>;

const EXTENSIONS = [".co", ".coffee", ".eg", ".iced", ".js", ".cjs", ".litcoffee", ".ls", ".ts"];

function noMigration(file: string): TaskFailure {
  return new TaskFailure(
    `Cannot apply "${path.relative("", file)}": it is no migration, but knex takes it for one by its extension (set "loadExtensions" to [".js"])`,
    { exitCode: 78, code: "NO_MIGRATION" },
  );
}

/** Finds the files by knex's rules. A migration's name is its file's name, with the extension. */
async function listFiles(own: OwnMigrations): Promise<MigrationFile[]> {
  const folders = foldersOf(own);
  const extensions = own.loadExtensions ?? EXTENSIONS;
  const found: MigrationFile[] = [];
  for (const folder of folders) {
    const names = (await listFolder(folder)).filter((name) => extensions.includes(path.extname(name))).sort();
    found.push(...names.map((name) => ({ name, path: path.resolve(folder, name) })));
  }
  return own.sortDirsSeparately ? found : found.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** The migrations of the user's own source, which need not be files. */
async function listSource(own: OwnMigrations): Promise<MigrationFile[]> {
  return (await namedInSource(own)).map(({ name }) => ({ name, path: undefined }));
}

async function namedInSource(own: OwnMigrations): Promise<{ name: string; load: () => unknown }[]> {
  const source: AnySource | undefined = sourceOf(own);
  const found = (await source?.getMigrations(own.loadExtensions ?? EXTENSIONS)) ?? [];
  return found.map((one) => ({
    name: source?.getMigrationName(one) ?? "",
    load: () => source?.getMigration(one),
  }));
}

/** Only the source knows what its migrations are, so it gets each one back unchanged. */
interface AnySource extends Pick<KnexSource, "getMigrations"> {
  getMigrationName(migration: unknown): string;
  getMigration(migration: unknown): unknown;
}

/** True for a migration that knex runs in a transaction. */
export async function usesTransaction(migration: MigrationFile, own: OwnMigrations): Promise<boolean> {
  const config = propertyOf(await loadModule(migration, own), "config");
  const chosen = propertyOf(config, "transaction");
  return typeof chosen === "boolean" ? chosen : own.disableTransactions !== true;
}

/** What knex runs: the module, or what it exports by default. */
export async function loadModule({ name, path: file }: MigrationFile, own: OwnMigrations): Promise<Knex.Migration> {
  const loaded =
    file === undefined
      ? await (await namedInSource(own)).find((one) => one.name === name)?.load()
      : await importFile(pathToFileURL(file));
  const whole = propertyOf(loaded, "default");
  return (typeof propertyOf(whole, "up") === "function" ? whole : loaded) as Knex.Migration; // knex itself checks it
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** The migrations in knex's order. */
export async function findMigrations(own: OwnMigrations): Promise<MigrationFile[]> {
  return sourceOf(own) ? listSource(own) : listFiles(own);
}

/** @throws TaskFailure when the file is no migration, or has no down to roll back. */
export async function checkMigration(
  migration: MigrationFile,
  direction: Direction,
  own: OwnMigrations,
): Promise<void> {
  const { path: file = "" } = migration;
  if (DECLARATIONS.test(file)) throw noMigration(file);
  if (direction === "down" && typeof (await loadModule(migration, own)).down !== "function")
    throw noDown(migration.name);
}

/** A class of the user's own, which knex uses unchanged. */
export function isClass(client: unknown): client is typeof Knex.Client {
  return typeof client === "function";
}
