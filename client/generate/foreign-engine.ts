// Knows the commands of migration engines that remsh/migrate has no engine for, or that use another database.
import path from "node:path";
import type { EngineName } from "./engine-name.ts";
import type { PackageJson } from "./package-json.ts";
import { resolveFile } from "./program-file.ts";

/** Migrations that only a command can apply. */
export interface ForeignEngine {
  /** As part of a sentence: `remsh/migrate has no engine for TypeORM`. */
  reason: string;
  /** The package with the command; undefined if no command is known. */
  packageName?: string;
  /** The command, or what it looks like if a part of it is not known. */
  command: string;
  /** True if its database is not PostgreSQL, whose lock is then of no use. */
  isElsewhere?: boolean;
  /** The function of remsh/migrate for it, if there is one: gen does not read what it needs to know. */
  adapter?: string;
}

interface Foreign {
  packages: readonly string[];
  name: string;
  command: string;
  adapter?: string;
}

const FOREIGN: readonly Foreign[] = [
  { packages: ["sequelize-cli"], name: "Sequelize", command: "npx sequelize-cli db:migrate", adapter: "sequelize" },
  { packages: ["typeorm"], name: "TypeORM", command: "npx typeorm migration:run -d <data source>", adapter: "typeorm" },
  {
    packages: ["@mikro-orm/cli", "@mikro-orm/migrations"],
    name: "MikroORM",
    command: "npx mikro-orm migration:up",
    adapter: "mikroOrm",
  },
  { packages: ["db-migrate"], name: "db-migrate", command: "npx db-migrate up" },
  { packages: ["migrate-mongo"], name: "migrate-mongo", command: "npx migrate-mongo up" },
  { packages: ["graphile-migrate"], name: "graphile-migrate", command: "npx graphile-migrate migrate" },
  { packages: ["dbmate"], name: "dbmate", command: "npx dbmate up" },
  { packages: ["@adonisjs/lucid"], name: "Lucid", command: "node ace migration:run --force" },
  { packages: ["ley"], name: "ley", command: "npx ley up" },
];

/** The commands of the engines that remsh/migrate has, for databases that it cannot migrate. */
const COMMANDS: Partial<Record<EngineName, { command: string; packageName: string }>> = {
  prisma: { command: "npx prisma migrate deploy", packageName: "prisma" },
  drizzle: { command: "npx drizzle-kit migrate", packageName: "drizzle-kit" },
  knex: { command: "npx knex migrate:latest", packageName: "knex" },
  kysely: { command: "npx kysely migrate latest", packageName: "kysely-ctl" },
};

/** Scripts of package.json that apply migrations, the likeliest for a release first. */
const SCRIPTS = ["deploy", "prod", "production", "up", "run", "latest"].flatMap((end) =>
  ["migrate", "migration", "migrations", "db:migrate"].map((name) => `${name}:${end}`),
);
const DATA_SOURCES = ["data-source", "datasource", "ormconfig", "typeorm.config"].flatMap((name) =>
  ["dist", "build", "", "src", "dist/db", "src/db", "dist/database", "src/database", "dist/config", "src/config"].map(
    (folder) => path.join(folder, name),
  ),
);

/** The engine of the project, if it is one that remsh/migrate does not have. */
export function foreignEngine(project: PackageJson): { foreign?: ForeignEngine } {
  const has = (name: string) => name in project.dependencies || name in project.devDependencies;
  const found = FOREIGN.find(({ packages }) => packages.some(has));
  if (!found) return {};
  const source = DATA_SOURCES.map((each) => resolveFile(project.root, each)).find((file) => file !== undefined);
  const script = [...SCRIPTS, "db:migrate", "migrate"].find((name) => typeof project.scripts[name] === "string");
  const command =
    script === undefined ? found.command.replace("<data source>", source ?? "<data source>") : `npm run ${script}`;
  const packageName = found.packages.find(has) ?? found.name;
  const { name, adapter } = found;
  const reason =
    adapter === undefined ? `remsh/migrate has no engine for ${name}` : `gen does not read what ${name} needs`;
  return { foreign: { reason, packageName, command, ...(adapter !== undefined && { adapter }) } };
}

/** An engine that remsh/migrate has, in a database for which it has none. */
export function inOtherDatabase(name: EngineName, database: string): ForeignEngine {
  const { command = "<command>", packageName } = COMMANDS[name] ?? {};
  const reason = `remsh/migrate has no ${name} for ${database}`;
  return { reason, ...(packageName !== undefined && { packageName }), command, isElsewhere: true };
}
