// Waits until the app's entry has been loaded: code after that sees the app as its own modules have set it up.
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { givenProgram, programFile } from "../instance/program-file.ts";
import { requireFrom } from "../instance/require-from.ts";

/** The file of the program's entry; undefined if there is none, as with `node -e` or a single executable. */
export function entryFile(): string | undefined {
  const program = givenProgram();
  const file = program && programFile(program);
  return file === programFile(process.execPath) ? undefined : file;
}

/**
 * Resolves when the program's entry has been fully evaluated; at once if there is none, and in a worker thread, which
 * has not loaded it.
 *
 * @throws what the entry throws. Node itself then ends the process with that error.
 */
export async function entryLoaded(): Promise<void> {
  // Node imports the entry right after the last preload, which is ours. After that, importing it again gives the same
  // module.
  await new Promise((resolve) => setImmediate(resolve));
  // A CommonJS entry that Node has loaded without the loader of ES modules has been evaluated by now.
  const { main } = requireFrom(process.execPath);
  if (main?.loaded) return;
  const file = entryFile();
  if (file !== undefined && isMainThread) await import(/* webpackIgnore: true */ pathToFileURL(file).href);
}
