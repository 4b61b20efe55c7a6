/// <reference types="node" preserve="true" />
// `remsh/migrate`: the release tasks of an app's databases, for the migration engines that Node teams already use.

/** The tasks `migrate`, `rollback` and `migrations`. */
export { migrations, type MigrationsOptions, type MigrationTasks } from "./migrations.ts";
/** One database, as `migrations()` takes it. */
export type { RepoOptions, UrlSource } from "./repo.ts";
/** What the tasks return, and what they throw when a migration fails. */
export { MigrationFailure, type MigrationReport } from "./report.ts";
/** What `migrations` returns, one for each migration. */
export type { MigrationStatus } from "./status.ts";
/** A task that runs a script, such as seeds. */
export { seeds, type Seed, type SeedsOptions } from "./seeds.ts";
/** What an engine is, for those who write their own. */
export type { Direction, Engine, History, MigrationFile, TablePlace } from "./engine.ts";
/** The session in which an engine applies a migration. */
export type { Session } from "./session.ts";
/** What `settings` takes. */
export type { Settings } from "./settings.ts";
/** Migrations by node-pg-migrate. */
export { nodePgMigrate, type NodePgMigrateOptions } from "./engines/node-pg-migrate.ts";
/** Migrations by knex. */
export { knex, type KnexOptions } from "./engines/knex.ts";
/** Migrations by umzug. */
export { umzug, type UmzugInstance, type UmzugOptions, type UmzugStorage } from "./engines/umzug.ts";
/** Migrations by kysely. */
export { kysely, type KyselyOptions } from "./engines/kysely.ts";
/** Migrations by drizzle. */
export { drizzle, type DrizzleOptions } from "./engines/drizzle.ts";
/** Migrations by Prisma Migrate. */
export { prisma, type PrismaOptions } from "./engines/prisma.ts";
