// `reload`: imports the module of the tasks again while the app runs. The module itself is new; what it imports stays as it
// is, since that is the app's own: its pools, its caches.
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { RpcError } from "../../shared/errors.ts";
import { manifestOfProgram } from "../instance/identity.ts";
import { whyNotLoaded } from "../tasks/load-failure.ts";
import { Registry } from "../tasks/registry.ts";
import { importTasks, taskModule } from "../tasks/task-module.ts";

let reloads = 0;

/**
 * The tasks of the module that package.json names, as it lies on the disk now; undefined where it names none.
 *
 * @throws RpcError TASKS_NOT_LOADED when it cannot be loaded.
 */
export async function importTasksAnew(): Promise<Registry | undefined> {
  const file = taskModule(manifestOfProgram());
  if (file === undefined) return undefined;
  try {
    forgetCommonJs(file);
    // Node remembers every module by its name for ever: each time it goes by another.
    return new Registry(await importTasks(file, `?reload=${++reloads}`));
  } catch (error) {
    const reason = await whyNotLoaded(error, file);
    throw new RpcError("TASKS_NOT_LOADED", `Cannot reload the tasks, and the old ones stay: ${reason}`, {
      cause: error,
    });
  }
}

/** A CommonJS module is remembered by its path, whatever it is imported as. */
function forgetCommonJs(file: string): void {
  if (!existsSync(file)) return; // the import will say so
  const { cache } = createRequire(file);
  Reflect.deleteProperty(cache, realpathSync(file));
}
