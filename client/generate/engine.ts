// Finds the app's migration engine, by its dependencies, and the folder of its migrations.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../terminal/failure.ts";
import { engineSettings } from "./configuration/engine-settings.ts";
import { foreignEngine, inOtherDatabase, type ForeignEngine } from "./foreign-engine.ts";
import { hasMigrations, migrationFolders } from "./migration-folders.ts";
import type { EngineName } from "./engine-name.ts";
import type { PackageJson } from "./package-json.ts";

/** An engine that the app has. */
export interface Engine {
  name: EngineName;
  /** The package that identified it. */
  packageName: string;
  /** The folder of its migrations, a path in the project. */
  folder: string;
  /** True if the folder exists; it may be empty. */
  hasFolder: boolean;
  /** True if its migrations are TypeScript. */
  isTypeScript: boolean;
  /** True if its database is MySQL or MariaDB. */
  isMysql: boolean;
  /** What its own configuration says besides: the names of its tables. */
  options: Readonly<Record<string, unknown>>;
}

interface KnownEngine {
  name: EngineName;
  packages: readonly string[];
  folders: readonly string[];
}

/** What identifies an engine. Packages that only migrate come before packages that also query. */
const ENGINES: readonly KnownEngine[] = [
  { name: "nodePgMigrate", packages: ["node-pg-migrate"], folders: ["migrations"] },
  { name: "umzug", packages: ["umzug"], folders: ["migrations"] },
  { name: "prisma", packages: ["prisma", "@prisma/client"], folders: ["prisma/migrations"] },
  { name: "drizzle", packages: ["drizzle-orm"], folders: ["drizzle", "migrations", "src/drizzle"] },
  { name: "knex", packages: ["knex"], folders: ["migrations"] },
  { name: "kysely", packages: ["kysely"], folders: ["migrations"] },
];

/** Where teams keep migrations outside an engine's usual folder. */
const OTHER_FOLDERS = ["db/migrations", "database/migrations", "src/migrations", "src/db/migrations"];

const POSTGRES = ["pg", "postgres", "pg-promise", "@neondatabase/serverless", "@vercel/postgres", "node-pg-migrate"];
const IS_POSTGRES = /^(postgres|pg|cockroach|redshift|function)/i;
const IS_MYSQL = /^(mysql2?|mariadb)$/i;
/** The engines that remsh/migrate has for MySQL and MariaDB, too: docs/migrations.md has the table. */
const IN_MYSQL: readonly EngineName[] = ["knex", "umzug", "kysely", "drizzle"];
const OTHER_DATABASES = ["mysql", "mysql2", "mariadb", "sqlite3", "better-sqlite3", "@libsql/client", "tedious"];

/** What the project migrates with: an engine of remsh/migrate, or something else that has a command. */
export interface FoundEngine {
  engine?: Engine;
  /** Why none of remsh's engines can migrate it, and the command that can. */
  foreign?: ForeignEngine;
}

/** The app's engine. `option` is `--migrations`. @throws UsageError when it is not clear where its migrations are. */
export function findEngine(project: PackageJson, option: string | undefined): FoundEngine {
  const has = (name: string) => name in project.dependencies || name in project.devDependencies;
  const found = ENGINES.find(({ packages }) => packages.some(has));
  if (!found) return foreignEngine(project);
  const { name, packages } = found;
  const settings = option === undefined ? engineSettings(name, project) : { options: {} };
  const { folder, hasFolder } = folderOf(found, project, option ?? settings.folder);
  const database = otherDatabase(project, has, { folder, database: settings.database });
  const isMysql = database !== undefined && IS_MYSQL.test(database) && IN_MYSQL.includes(name);
  if (database !== undefined && !isMysql) return { foreign: inOtherDatabase(name, database) };
  const files = hasFolder ? readdirSync(path.join(project.root, folder)) : [];
  const isTypeScript = files.some(isTypeScriptFile);
  const packageName = packages.find(has) ?? name;
  return { engine: { name, packageName, folder, hasFolder, isTypeScript, isMysql, options: settings.options } };
}

/** True if the app has a driver for PostgreSQL. */
export function hasPostgres({ dependencies }: PackageJson): boolean {
  return POSTGRES.some((name) => name in dependencies);
}

/** A folder that is named is taken. Else the first that has migrations, then the first that exists. */
function folderOf(
  { name, folders }: KnownEngine,
  { root }: PackageJson,
  named: string | undefined,
): Pick<Engine, "folder" | "hasFolder"> {
  const isThere = (folder: string) => isFolderOf(name, path.join(root, folder));
  if (named !== undefined) {
    const folder = path.relative(root, path.resolve(root, named)) || ".";
    return { folder, hasFolder: isThere(folder) };
  }
  const existing = [...folders, ...OTHER_FOLDERS].filter(isThere);
  const full = existing.find((folder) => hasMigrations(path.join(root, folder)));
  const elsewhere =
    full === undefined ? migrationFolders(root).filter((each) => isFolderOf(name, path.join(root, each))) : [];
  if (elsewhere.length > 1) {
    throw new UsageError(
      `Cannot tell where the migrations are: there are ${elsewhere.map((each) => `"${each}"`).join(" and ")} (--migrations <folder>)`,
    );
  }
  const folder = full ?? elsewhere[0] ?? existing[0];
  return { folder: folder ?? folders[0] ?? "migrations", hasFolder: folder !== undefined };
}

/**
 * The database, if it is not PostgreSQL: the engine's configuration, Prisma's schema or a
 * driver alone names it.
 */
function otherDatabase(
  { root }: PackageJson,
  has: (name: string) => boolean,
  { folder, database }: { folder: string; database: string | undefined },
): string | undefined {
  if (database !== undefined) return IS_POSTGRES.test(database) ? undefined : database;
  const files = ["prisma/schema.prisma", path.join(folder, "migration_lock.toml")].map((one) => path.join(root, one));
  const file = files.find((one) => existsSync(one));
  const [, provider] = file === undefined ? [] : (/provider\s*=\s*"(\w+)"/.exec(readFileSync(file, "utf8")) ?? []);
  if (provider !== undefined && file !== undefined) {
    const [, datasource = provider] = /datasource[^}]*provider\s*=\s*"(\w+)"/.exec(readFileSync(file, "utf8")) ?? [];
    return IS_POSTGRES.test(datasource) ? undefined : datasource;
  }
  return POSTGRES.some(has) ? undefined : OTHER_DATABASES.find(has);
}

function isFolderOf(engine: EngineName, folder: string): boolean {
  return existsSync(engine === "drizzle" ? path.join(folder, "meta/_journal.json") : folder);
}

function isTypeScriptFile(name: string): boolean {
  return /\.[cm]?ts$/.test(name) && !/\.d\.[cm]?ts$/.test(name);
}
