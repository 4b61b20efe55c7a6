// The names of the engines in remsh/migrate, as a generated module imports them.

/** One of them. */
export type EngineName = "nodePgMigrate" | "umzug" | "prisma" | "drizzle" | "knex" | "kysely";
