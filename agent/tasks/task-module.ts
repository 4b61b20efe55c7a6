// Imports the task module that package.json names, and repeats that until it has succeeded once.
import path from "node:path";
import { RpcError } from "../../shared/errors.ts";
import type { Manifest } from "../../shared/manifest.ts";
import { loadModule } from "../../shared/module-system.ts";
import { isObject } from "../../shared/messages/shape.ts";
import { whyNotLoaded } from "./load-failure.ts";

/** The path of the task module; undefined if package.json names none. */
export function taskModule(manifest: Manifest | undefined): string | undefined {
  if (!manifest || !isObject(manifest.remsh) || typeof manifest.remsh.tasks !== "string") return undefined;
  return path.resolve(manifest.root, manifest.remsh.tasks);
}

/** The exports of a task module. With a `query`, Node treats it as another module. */
export async function importTasks(file: string, query = ""): Promise<object> {
  const imported = await loadModule(file, query);
  const { default: main, "module.exports": whole = main, ...named } = imported;
  // A CommonJS module whose exports Node could not name has all of them under these two (under the first on Node 20).
  return Object.keys(named).length > 0 || !isObject(whole) ? named : whole;
}

/** A function that imports the module, and again after a failure. It throws RpcError TASKS_NOT_LOADED. */
export function taskImporter(file: string): () => Promise<object> {
  let failed = 0;
  return async () => {
    try {
      // Node remembers for ever that a module failed, so a repaired one is imported under another name.
      return await importTasks(file, failed === 0 ? "" : `?attempt=${failed}`);
    } catch (error) {
      failed++;
      const reason = await whyNotLoaded(error, file);
      throw new RpcError("TASKS_NOT_LOADED", `Cannot load the app's tasks: ${reason}`, { cause: error });
    }
  };
}
