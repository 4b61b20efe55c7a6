// `reload`: imports the task module again while the app runs. Only that module is new. The modules that it imports stay
// as they are, since they hold the app's state: its pools, its caches.
import { existsSync, realpathSync } from "node:fs";
import { RpcError } from "../../shared/errors.ts";
import { startedApp } from "../instance/started-app.ts";
import { whyNotLoaded } from "../tasks/load-failure.ts";
import { Registry } from "../tasks/registry.ts";
import { importTasks, taskModule } from "../tasks/task-module.ts";
import { requireFrom } from "../instance/require-from.ts";

let reloads = 0;

/**
 * The tasks of the module that package.json names, as it is on the disk now; undefined if package.json names none.
 *
 * @throws RpcError TASKS_NOT_LOADED when the module cannot be loaded.
 */
export async function importTasksAnew(): Promise<Registry | undefined> {
  const file = taskModule(startedApp().manifest);
  if (file === undefined) return undefined;
  try {
    forgetCommonJs(file);
    // Node remembers every module by its name for ever, so each import uses a new one.
    return new Registry(await importTasks(file, `?reload=${++reloads}`));
  } catch (error) {
    const reason = await whyNotLoaded(error, file);
    throw new RpcError("TASKS_NOT_LOADED", `Cannot reload the tasks, and the old ones stay: ${reason}`, {
      cause: error,
    });
  }
}

/** Node remembers a CommonJS module by its path, whatever name it is imported by. */
function forgetCommonJs(file: string): void {
  if (!existsSync(file)) return; // the import will report it
  const { cache } = requireFrom(file);
  Reflect.deleteProperty(cache, realpathSync(file));
}
