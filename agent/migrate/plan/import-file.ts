// Imports a migration or a script of the user's.
import { importModule } from "../../../shared/import-module.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";

/**
 * Imports a migration or a script of the user's. @throws TaskFailure (exit 78) when this Node cannot read TypeScript.
 */
export async function importFile(url: URL): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importModule(url.href);
  } catch (cause) {
    if (codeOf(cause) !== "ERR_UNKNOWN_FILE_EXTENSION") throw cause;
    throw new TaskFailure(
      `Cannot load "${url.pathname}": Node ${process.versions.node} cannot read TypeScript by itself; ` +
        'start the app with "node --import tsx", or with Node 22.18 or later',
      { exitCode: 78, cause },
    );
  }
}
