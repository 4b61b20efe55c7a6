// Waits until the app's entry has been loaded: code after that sees the app as its own modules have set it up.
import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Resolves when the program's entry has been fully evaluated; at once if there is none, as with `node -e`.
 *
 * @throws what the entry throws. Node itself then ends the process with that error.
 */
export async function entryLoaded(): Promise<void> {
  // Node imports the entry right after the last preload, which is ours. After that, importing it again gives the same
  // module.
  await new Promise((resolve) => setImmediate(resolve));
  const [, entry] = process.argv;
  if (entry !== undefined) await import(/* webpackIgnore: true */ pathToFileURL(realpathSync(entry)).href);
}
