// The drivers of the other databases are the app's own packages: they are loaded with the first connection.
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "./code-of.ts";

/** Loads the driver. @throws TaskFailure (exit 78) when it is not installed. */
export async function loadDriver<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND" || !messageOf(cause).includes(`'${name}'`)) throw cause;
    throw new TaskFailure(
      `Cannot connect to the database: the package "${name}" is not installed (npm install ${name})`,
      {
        exitCode: 78,
        code: "NO_DRIVER",
        cause,
      },
    );
  }
}
