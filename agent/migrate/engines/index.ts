// The migration engines that remsh knows.

/** The team's own command, in any language. */
export { command, type CommandLine, type CommandOptions } from "./command.ts";
/** Migrations by node-pg-migrate. */
export { nodePgMigrate, type NodePgMigrateOptions } from "./node-pg-migrate.ts";
/** Migrations by knex. */
export { knex, type KnexOptions } from "./knex.ts";
/** Migrations by umzug. */
export { umzug, type UmzugInstance, type UmzugOptions, type UmzugStorage } from "./umzug.ts";
/** Migrations by kysely. */
export { kysely, type KyselyOptions } from "./kysely.ts";
/** Migrations by drizzle. */
export { drizzle, type DrizzleOptions } from "./drizzle.ts";
/** Migrations of sequelize-cli. */
export { sequelize, type SequelizeOptions } from "./sequelize.ts";
/** Migrations by MikroORM. */
export { mikroOrm, type MikroOrmOptions } from "./mikro-orm.ts";
/** Migrations by TypeORM. */
export { typeorm, type TypeOrmOptions } from "./typeorm.ts";
/** Migrations by Prisma Migrate. */
export { prisma, type PrismaOptions } from "./prisma.ts";
