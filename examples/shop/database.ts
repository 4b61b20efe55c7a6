// The database: one pool for the routes and the release tasks. It connects on first use.
import pg from "pg";

/** Where the database is. */
export const databaseUrl = process.env.DATABASE_URL ?? "postgres://localhost/shop";

/** The app's connections. On their own they do not keep a process alive. */
export const pool = new pg.Pool({ connectionString: databaseUrl, allowExitOnIdle: true });

// Without a listener, a broken idle connection would end the app.
pool.on("error", (error) => console.error(`Lost an idle database connection: ${error.message}`));
