// The database: one pool for the routes and the release tasks. It connects when it is first used.
import pg from "pg";

/** Where the database is. */
export const databaseUrl = process.env.DATABASE_URL ?? "postgres://localhost/shop";

/** The app's connections. They alone do not keep a process alive. */
export const pool = new pg.Pool({ connectionString: databaseUrl, allowExitOnIdle: true });

// Without a listener an idle connection that breaks would end the app.
pool.on("error", (error) => console.error(`Lost an idle database connection: ${error.message}`));
