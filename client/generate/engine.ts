// Finds the app's migration engine, by its dependencies, and the folder of its migrations.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { configuredFolder } from "./configured-folder.ts";
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
}

/** What identifies an engine. Packages that only migrate come before packages that also query. */
const ENGINES: readonly { name: EngineName; packages: readonly string[]; folders: readonly string[] }[] = [
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
const OTHER_DATABASES = ["mysql", "mysql2", "mariadb", "sqlite3", "better-sqlite3", "@libsql/client", "tedious"];

/** The app's engine; undefined if there is none, or if its database is not PostgreSQL. */
export function findEngine(project: PackageJson): Engine | undefined {
  const has = (name: string) => name in project.dependencies || name in project.devDependencies;
  const found = ENGINES.find(({ packages }) => packages.some(has));
  if (!found) return undefined;
  const { name, packages, folders } = found;
  const configured = configuredFolder(name, project.root);
  const candidates = configured === undefined ? [...folders, ...OTHER_FOLDERS] : [configured];
  const folder = candidates.find((each) => isFolderOf(name, path.join(project.root, each)));
  if (!isPostgres(project.root, has, folder)) return undefined;
  return {
    name,
    packageName: packages.find(has) ?? name,
    folder: folder ?? candidates[0] ?? "migrations",
    hasFolder: folder !== undefined,
    isTypeScript: folder !== undefined && readdirSync(path.join(project.root, folder)).some(isTypeScriptFile),
  };
}

/**
 * remsh/migrate is for PostgreSQL only. A driver for another database alone, or another provider in Prisma's schema,
 * means that the app's database is not PostgreSQL.
 */
function isPostgres(root: string, has: (name: string) => boolean, folder: string | undefined): boolean {
  const files = ["prisma/schema.prisma", ...(folder === undefined ? [] : [path.join(folder, "migration_lock.toml")])];
  for (const file of files.map((one) => path.join(root, one))) {
    if (existsSync(file)) return /provider\s*=\s*"(?:postgres|cockroachdb)/.test(readFileSync(file, "utf8"));
  }
  return POSTGRES.some(has) || !OTHER_DATABASES.some(has);
}

function isFolderOf(engine: EngineName, folder: string): boolean {
  return existsSync(engine === "drizzle" ? path.join(folder, "meta/_journal.json") : folder);
}

function isTypeScriptFile(name: string): boolean {
  return /\.[cm]?ts$/.test(name) && !/\.d\.[cm]?ts$/.test(name);
}
