// The user's own packages: loaded when an engine is used, and a clear sentence when one is not installed.
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";

/** Loads the package. @throws TaskFailure (exit 78) when it is not installed. */
export async function loadPeer<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const missing = codeOf(cause) === "ERR_MODULE_NOT_FOUND" && messageOf(cause).includes(`'${name}'`);
    if (!missing) throw cause;
    throw new TaskFailure(`Cannot use the migrations of ${name}: the package "${name}" is not installed`, {
      exitCode: 78,
      cause,
    });
  }
}
