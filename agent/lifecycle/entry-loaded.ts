// When the app's entry has been loaded: what comes after it sees the app as its own modules have made it.
import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Resolves when the program's entry has been evaluated to its end; at once where there is none, as with `node -e`.
 *
 * @throws what the entry throws; Node itself then ends the process with it.
 */
export async function entryLoaded(): Promise<void> {
  // Node imports the entry right after the last preload, which ours is. From then on an import of it is the same one.
  await new Promise((resolve) => setImmediate(resolve));
  const [, entry] = process.argv;
  if (entry !== undefined) await import(pathToFileURL(realpathSync(entry)).href);
}
