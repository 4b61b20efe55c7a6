// Imports a migration or a script of the user's.
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";

/**
 * Imports a migration or a script of the user's. @throws TaskFailure (exit 78) when this Node cannot read TypeScript.
 */
export async function importFile(url: URL): Promise<Record<string, unknown>> {
  try {
    return (await import(url.href)) as Record<string, unknown>; // a module's namespace
  } catch (cause) {
    if (codeOf(cause) !== "ERR_UNKNOWN_FILE_EXTENSION") throw cause;
    throw new TaskFailure(
      `Cannot load "${url.pathname}": Node ${process.versions.node} cannot read TypeScript by itself; ` +
        'start the app with "node --import tsx", or with Node 22.18 or later',
      { exitCode: 78, cause },
    );
  }
}
