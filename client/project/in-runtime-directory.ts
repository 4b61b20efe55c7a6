// Makes the files that a command keeps in the runtime directory while it works.
import { makePrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { badConfiguration } from "../terminal/command-failure.ts";

/**
 * Returns what `act` makes in the runtime directory. The directory is made if it is missing. `action` names, for the
 * error, what cannot be done otherwise.
 *
 * @throws RpcError DENIED when the directory is not private to this user; CommandFailure 78 when nothing can be written
 * there.
 */
export function inRuntimeDirectory<Made>(env: Environment, action: string, act: (directory: string) => Made): Made {
  const directory = runtimeDirectory(env);
  try {
    makePrivateDirectory(directory);
    return act(directory);
  } catch (error) {
    if (error instanceof RpcError || !(error instanceof Error)) throw error;
    throw badConfiguration(
      `Cannot ${action} in "${directory}": ${error.message} (set REMSH_RUNTIME_DIR to a directory that can be written)`,
    );
  }
}
