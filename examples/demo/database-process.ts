// Runs the database in a separate process. It lives until its standard input ends, so that it outlives the Ctrl-C that
// the demo gets, but not the demo itself, however that ends.
import { text } from "node:stream/consumers";
import { startPostgres } from "../postgres.ts";

const inputEnded = text(process.stdin);

try {
  const server = await startPostgres();
  try {
    console.log(`DATABASE_URL=${await server.createDatabase()}`);
    await inputEnded;
  } finally {
    await server.stop();
  }
} catch (error) {
  console.error(`Cannot use the database: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
