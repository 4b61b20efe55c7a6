/// <reference types="node" preserve="true" />
// `remsh/migrate`: the release tasks of an app's databases, for the migration engines that Node teams already use.

/** The tasks `migrate`, `rollback` and `migrations`. */
export { migrations, type MigrationsOptions, type MigrationTasks } from "./migrations.ts";
/** One database, as `migrations()` takes it. */
export type { RepoOptions, UrlSource } from "./plan/repo.ts";
/** What the tasks return, and what they throw when a migration fails. */
export { MigrationFailure, type MigrationReport } from "./migration-report.ts";
/** What `migrations` returns, one for each migration. */
export type { MigrationStatus } from "./plan/migration-status.ts";
/** A task that runs a script, such as seeds. */
export { seeds, type Seed, type SeedsOptions } from "./seeds.ts";
/** What `command()` makes. */
export type { CommandEngine } from "./plan/command-engine.ts";
/** What an engine is, for those who write their own. */
export type { Direction, Engine, History, MigrationFile } from "./plan/engine.ts";
export type { TablePlace } from "./sql/table-place.ts";
/** The session in which an engine applies a migration. */
export type { Session } from "./database/session.ts";
/** What `settings` takes. */
export type { Settings } from "./database/settings.ts";
/** The engines. */
export * from "./engines/index.ts";
